//! What several checks know of the platform's objects: shapes that they read field for field alike, what such an object
//! says of itself, and the words in which findings tell it.
//!
//! A shape here has no kind and cannot be listed: each check has its own kinds, so its field mask stays its own. A field
//! that is added to a shape is read by every check that has the shape in one of its kinds; what one check reads beyond the
//! others, it reads in a shape of its own.
#![forbid(unsafe_code)]

pub mod application;
pub mod cluster;
pub mod command;
pub mod condition;
pub mod event;
pub mod fault;
pub mod image;
pub mod ingress;
pub mod labels;
pub mod lines;
pub mod pod;
pub mod source;
pub mod template;
pub mod time;
pub mod words;
pub mod workload;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;

    #[test]
    fn no_shape_can_be_listed() {
        for entry in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src")).unwrap() {
            let path = entry.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            assert!(
                !text.contains(concat!("#[object(", "kind")),
                "{}",
                path.display()
            );
        }
    }
}
