//! How large a list will be, from its first objects: for the plan of a recording.

use serde::Deserialize;

use super::list::{pruner, what};
use super::send::Get;
use super::{Connection, address, fault};
use crate::capability::prune::ListReader;
use crate::capability::{ListRequest, ReadError};

/// Objects that are looked at. They differ in size by more than this many tell, but a plan wants an order of magnitude.
const OBJECTS: u32 = 20;

/// Bytes of an answer: twenty of the largest custom resources.
const MAX_BYTES: u64 = 32 << 20;

/// What a list is expected to be.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Sample {
    pub objects: u64,
    /// Of their pruned text.
    pub bytes: u64,
}

#[derive(Deserialize)]
struct Page {
    metadata: Metadata,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    /// The server leaves it out on the last page, and where it cannot count.
    #[serde(default)]
    remaining_item_count: u64,
}

impl Connection {
    /// Look at the first objects of a list, and at how many there are.
    pub async fn sample(&self, request: &ListRequest) -> Result<Sample, ReadError> {
        let address = address(&request.resource, request.namespace.as_deref(), None)?;
        let what = what(request);
        let mut reply = self
            .get(&Get {
                what: &what,
                address: &format!("{address}?limit={OBJECTS}"),
                accept: "application/json",
                until: self.until(),
                cap: MAX_BYTES,
            })
            .await?;
        let text = reply.frames.whole().await?;
        let unreadable = |error| fault::unreadable(&what, error);
        let pruner = pruner(request);
        let mut reader = ListReader::new(&pruner);
        reader.feed(&text).map_err(unreadable)?;
        let page = reader.finish().map_err(unreadable)?;
        let remaining = serde_json::from_slice::<Page>(&text)
            .map_or(0, |page| page.metadata.remaining_item_count);
        let seen: Vec<u64> = page
            .rows
            .iter()
            .map(|row| row.json.get().len() as u64)
            .collect();
        Ok(extrapolated(&seen, remaining))
    }
}

fn extrapolated(seen: &[u64], remaining: u64) -> Sample {
    let (count, bytes) = (seen.len() as u64, seen.iter().sum::<u64>());
    Sample {
        objects: count + remaining,
        bytes: bytes + bytes.checked_div(count).unwrap_or(0) * remaining,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_taken_to_be_like_what_is() {
        let sample = extrapolated(&[100, 300], 8);
        assert_eq!((sample.objects, sample.bytes), (10, 2_000));
        assert_eq!(extrapolated(&[], 0), Sample::default());
    }
}
