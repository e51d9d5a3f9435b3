//! What is read of classes, claims, volumes, pods and events, and the questions that one object answers about itself.

use bsq_platform::event::{self, Series};
use bsq_platform::labels::Known;
use bsq_platform::pod::has_ended;
use bsq_platform::template::{self, Image};
use bsq_sdk::prelude::*;

#[derive(Object)]
#[object(kind = "storage.k8s.io/v1/StorageClass")]
pub(crate) struct StorageClass {
    pub(crate) metadata: ClassMetadata,
    pub(crate) provisioner: String,
    pub(crate) volume_binding_mode: String,
}

#[derive(Object)]
pub(crate) struct ClassMetadata {
    pub(crate) annotations: ClassAnnotations,
}

#[derive(Object)]
pub(crate) struct ClassAnnotations {
    #[object(rename = "storageclass.kubernetes.io/is-default-class")]
    pub(crate) is_default: String,
    #[object(rename = "storageclass.beta.kubernetes.io/is-default-class")]
    pub(crate) was_default: String,
}

impl StorageClass {
    pub(crate) fn is_default(&self) -> bool {
        let annotations = &self.metadata.annotations;
        annotations.is_default == "true" || annotations.was_default == "true"
    }

    pub(crate) fn waits_for_consumer(&self) -> bool {
        self.volume_binding_mode == "WaitForFirstConsumer"
    }

    /// Volumes of this class are made by hand.
    pub(crate) fn makes_none(&self) -> bool {
        self.provisioner == "kubernetes.io/no-provisioner"
    }

    /// Provisioners of disks, recognised by their names: a disk with a file system on it is for one node. What is not
    /// listed may give ReadWriteMany.
    pub(crate) fn gives_disks(&self) -> bool {
        const DISKS: &[&str] = &[
            "rbd.csi.ceph.com",
            "rancher.io/local-path",
            "topolvm.io",
            "openebs.io/local",
            "ebs.csi.aws.com",
            "disk.csi.azure.com",
            "pd.csi.storage.gke.io",
            "cinder.csi.openstack.org",
        ];
        DISKS.iter().any(|disk| self.provisioner.ends_with(disk))
    }
}

#[derive(Object)]
#[object(kind = "v1/PersistentVolumeClaim")]
pub(crate) struct Claim {
    pub(crate) metadata: ClaimMetadata,
    pub(crate) spec: ClaimSpec,
    pub(crate) status: ClaimStatus,
}

#[derive(Object)]
pub(crate) struct ClaimMetadata {
    pub(crate) annotations: ClaimAnnotations,
}

#[derive(Object)]
pub(crate) struct ClaimAnnotations {
    /// The scheduler has chosen a node, and now the provisioner has to act.
    #[object(rename = "volume.kubernetes.io/selected-node")]
    pub(crate) selected_node: String,
}

#[derive(Object)]
pub(crate) struct ClaimSpec {
    /// Absent asks for the default class; empty asks for a volume without a class.
    pub(crate) storage_class_name: Option<String>,
    pub(crate) access_modes: Vec<String>,
    pub(crate) volume_mode: String,
    pub(crate) volume_name: String,
}

#[derive(Object)]
pub(crate) struct ClaimStatus {
    pub(crate) phase: String,
}

impl Claim {
    pub(crate) fn is_shared(&self) -> bool {
        self.spec
            .access_modes
            .iter()
            .any(|mode| mode == "ReadWriteMany")
    }

    /// For one node or one pod: what `Multi-Attach` is about.
    pub(crate) fn is_for_one_node(&self) -> bool {
        let modes = &self.spec.access_modes;
        !modes.is_empty()
            && modes
                .iter()
                .all(|mode| matches!(mode.as_str(), "ReadWriteOnce" | "ReadWriteOncePod"))
    }

    pub(crate) fn is_block(&self) -> bool {
        self.spec.volume_mode == "Block"
    }
}

#[derive(Object)]
#[object(kind = "v1/PersistentVolume")]
pub(crate) struct Volume {
    pub(crate) spec: VolumeSpec,
    pub(crate) status: VolumeStatus,
}

#[derive(Object)]
pub(crate) struct VolumeSpec {
    pub(crate) claim_ref: ClaimReference,
    pub(crate) persistent_volume_reclaim_policy: String,
    pub(crate) storage_class_name: String,
}

#[derive(Object)]
pub(crate) struct ClaimReference {
    pub(crate) namespace: String,
    pub(crate) name: String,
}

#[derive(Object)]
pub(crate) struct VolumeStatus {
    pub(crate) phase: String,
    pub(crate) message: String,
    pub(crate) last_phase_transition_time: Option<Timestamp>,
}

#[derive(Object)]
#[object(kind = "v1/Pod")]
pub(crate) struct Pod {
    pub(crate) metadata: Known,
    pub(crate) spec: PodSpec,
    pub(crate) status: PodStatus,
}

#[derive(Object)]
pub(crate) struct PodSpec {
    pub(crate) node_name: String,
    pub(crate) containers: Vec<Image>,
    pub(crate) volumes: Vec<template::Volume>,
}

#[derive(Object)]
pub(crate) struct PodStatus {
    pub(crate) phase: String,
    pub(crate) conditions: Vec<Condition>,
}

#[derive(Object)]
pub(crate) struct Condition {
    pub(crate) r#type: String,
    pub(crate) status: String,
    pub(crate) message: String,
}

impl Pod {
    /// Whether it has ended for good, so that it holds and waits for nothing.
    pub(crate) fn is_over(&self) -> bool {
        has_ended(&self.status.phase)
    }

    /// What the scheduler says of a pod that it cannot place.
    pub(crate) fn unscheduled(&self) -> Option<&str> {
        let mut conditions = self.status.conditions.iter();
        let found = conditions.find(|it| it.r#type == "PodScheduled" && it.status == "False")?;
        Some(&found.message)
    }

    pub(crate) fn claims(&self) -> impl Iterator<Item = &str> {
        template::claims(&self.spec.volumes)
    }
}

#[derive(Object)]
#[object(kind = "v1/Event")]
pub(crate) struct Event {
    pub(crate) involved_object: Involved,
    pub(crate) reason: String,
    pub(crate) message: String,
    pub(crate) last_timestamp: Option<Timestamp>,
    pub(crate) event_time: Option<Timestamp>,
    pub(crate) series: Option<Series>,
}

#[derive(Object)]
pub(crate) struct Involved {
    pub(crate) kind: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) uid: String,
}

impl Event {
    /// The latest of what the two event styles write.
    pub(crate) fn last_seen(&self) -> Option<Timestamp> {
        event::last_seen(self.series.as_ref(), self.event_time, self.last_timestamp)
    }

    pub(crate) fn told(&self) -> String {
        format!("{}: {}", self.reason, self.message.trim())
    }
}
