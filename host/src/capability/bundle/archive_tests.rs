use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use rstest::rstest;
use tar::{Builder, Header};

use super::*;

/// What an archive is made of: name, kind, content, and the target of a link.
struct Piece<'a>(&'a [u8], EntryType, &'a [u8]);

fn file<'a>(name: &'a str, content: &'a [u8]) -> Piece<'a> {
    Piece(name.as_bytes(), EntryType::Regular, content)
}

/// A header with any name, which the builder's own functions would refuse.
fn header(name: &[u8], kind: EntryType, size: u64) -> Header {
    let mut header = Header::new_gnu();
    let place = &mut header.as_old_mut().name;
    place[..name.len()].copy_from_slice(name);
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(0o644);
    header.set_mtime(1_795_413_600);
    header.set_cksum();
    header
}

fn tar(pieces: &[Piece<'_>]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for Piece(name, kind, content) in pieces {
        let header = header(name, *kind, content.len() as u64);
        builder.append(&header, *content).unwrap();
    }
    builder.into_inner().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn limits() -> Limits {
    Limits {
        entries: 50,
        file: 1 << 16,
        kept: 1 << 18,
        unpacked: 1 << 20,
        ..Limits::default()
    }
}

fn refused(bytes: &[u8]) -> Refused {
    match read(bytes, &limits()) {
        Err(Failure::Refused(refused)) => refused,
        other => panic!("not refused: {other:?}"),
    }
}

fn bytes_of<'a>(files: &'a BTreeMap<String, File>, name: &str) -> &'a [u8] {
    match &files[name].stored {
        Stored::Bytes(bytes) => bytes,
        other => panic!("{name}: {other:?}"),
    }
}

#[rstest]
#[case(false)]
#[case(true)]
fn files_are_read_packed_or_not(#[case] is_packed: bool) {
    let long = format!("b/{}/x.json", "long-".repeat(30));
    let pax = format!("{} path={long}\n", long.len() + 10);
    let bytes = tar(&[
        Piece(b"b/", EntryType::Directory, b""),
        file("./b/a.json", b"{}"),
        file("b/a.png", b"image"),
        Piece(b"b/link.json", EntryType::Symlink, b""),
        Piece(b"PaxHeaders/x", EntryType::XHeader, pax.as_bytes()),
        file("b/cut-off-name", b"[]"),
        Piece(b"././@LongLink", EntryType::GNULongName, b"b/gnu.json\0"),
        file("b/cut", b"7"),
    ]);
    let bytes = if is_packed { gzip(&bytes) } else { bytes };
    assert!(is_archive(&bytes));
    let files = read(bytes.as_slice(), &limits()).unwrap();
    assert_eq!(bytes_of(&files, "b/a.json"), b"{}");
    assert_eq!(bytes_of(&files, &long), b"[]");
    assert_eq!(bytes_of(&files, "b/gnu.json"), b"7");
    assert!(matches!(files["b/a.png"].stored, Stored::Other));
    assert!(matches!(files["b/link.json"].stored, Stored::Link));
    assert_eq!(files.len(), 5);
    assert!(files["b/a.json"].modified.is_some());
}

#[rstest]
#[case::up(&[file("../a.json", b"{}")])]
#[case::up_within(&[file("a/../../b.json", b"{}")])]
#[case::absolute(&[file("/etc/passwd", b"")])]
#[case::folder_above(&[Piece(b"../", EntryType::Directory, b"")])]
#[case::link_above(&[Piece(b"../l", EntryType::Symlink, b"")])]
#[case::long_name_above(&[Piece(b"@", EntryType::GNULongName, b"../../b.json\0"), file("b.json", b"{}")])]
#[case::pax_name_above(&[Piece(b"@", EntryType::XHeader, b"18 path=../b.json\n"), file("b.json", b"{}")])]
#[case::not_utf8(&[Piece(b"a\xff.json", EntryType::Regular, b"{}")])]
#[case::device(&[Piece(b"a.json", EntryType::Block, b"")])]
#[case::terminal(&[Piece(b"a.json", EntryType::Char, b"")])]
#[case::pipe(&[Piece(b"a.json", EntryType::Fifo, b"")])]
#[case::sparse(&[Piece(b"a.json", EntryType::GNUSparse, b"")])]
#[case::of_no_kind(&[Piece(b"a.json", EntryType::new(b'Z'), b"")])]
#[case::twice(&[file("a.json", b"{}"), file("./a.json", b"[]")])]
#[case::file_and_link(&[file("a.json", b"{}"), Piece(b"a.json", EntryType::Link, b"")])]
#[case::size_by_attribute(&[Piece(b"@", EntryType::XHeader, b"12 size=999\n"), file("b.json", b"{}")])]
fn what_no_honest_archive_holds_is_refused(#[case] pieces: &[Piece<'_>]) {
    for bytes in [tar(pieces), gzip(&tar(pieces))] {
        assert!(!matches!(
            refused(&bytes),
            Refused::Bytes(_) | Refused::Ratio(_)
        ));
    }
}

#[test]
fn a_million_entries_end_at_the_limit() {
    let pieces: Vec<String> = (0..60).map(|n| format!("{n}.txt")).collect();
    let pieces: Vec<Piece<'_>> = pieces.iter().map(|name| file(name, b"")).collect();
    assert_eq!(refused(&tar(&pieces)), Refused::Entries(50));
}

#[test]
fn what_comes_to_too_much_is_refused() {
    let large = vec![b' '; 60_000];
    let names: Vec<String> = (0..5).map(|n| format!("{n}.json")).collect();
    let kept: Vec<Piece<'_>> = names.iter().map(|name| file(name, &large)).collect();
    assert_eq!(refused(&gzip(&tar(&kept))), Refused::Bytes(1 << 18));
    let huge = vec![b' '; 2 << 20];
    assert_eq!(
        refused(&gzip(&tar(&[file("a.bin", &huge)]))),
        Refused::Bytes(1 << 20)
    );
}

#[test]
fn one_huge_file_is_there_and_not_read() {
    let huge = vec![b' '; 70_000];
    let bytes = gzip(&tar(&[file("a.json", &huge), file("b.json", b"{}")]));
    let files = read(bytes.as_slice(), &limits()).unwrap();
    assert!(matches!(files["a.json"].stored, Stored::TooLarge));
    assert_eq!(bytes_of(&files, "b.json"), b"{}");
}

#[test]
fn a_bomb_ends_where_its_ratio_shows() {
    // Zeros shrink to a thousandth.
    let limits = Limits {
        unpacked: 1 << 40,
        ..Limits::default()
    };
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let size = 1_u64 << 27;
    encoder
        .write_all(header(b"a.bin", EntryType::Regular, size).as_bytes())
        .unwrap();
    io::copy(&mut io::repeat(0).take(size + 1_024), &mut encoder).unwrap();
    let bytes = encoder.finish().unwrap();
    match read(bytes.as_slice(), &limits) {
        Err(Failure::Refused(Refused::Ratio(_))) => {}
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn a_name_without_end_takes_no_memory() {
    let name = vec![b'a'; 100_000];
    let bytes = tar(&[
        Piece(b"@", EntryType::GNULongName, &name),
        file("a.json", b"{}"),
    ]);
    assert!(matches!(refused(&bytes), Refused::LongName(..)));
}

/// An archive and what is in it.
fn honest() -> (Vec<u8>, Vec<(&'static str, &'static [u8])>) {
    let pods = br#"{"kind":"PodList","apiVersion":"v1","items":[{"metadata":{"name":"a","namespace":"data"}}]}"#;
    let files: Vec<(&str, &[u8])> = vec![
        ("data/pods.json", pods),
        ("nodes.json", b"[]"),
        ("data/a/logs.txt", b"x\n"),
    ];
    let pieces: Vec<Piece<'_>> = files
        .iter()
        .map(|(name, content)| file(name, content))
        .collect();
    (tar(&pieces), files)
}

proptest! {
    #[test]
    fn a_cut_archive_is_damaged(at in 0_usize..10_000, is_packed: bool) {
        let (bytes, _) = honest();
        let bytes = if is_packed { gzip(&bytes) } else { bytes };
        // The last of the two blocks at the end may be missing: nothing is lost.
        let end = if is_packed { bytes.len() } else { bytes.len() - 512 };
        prop_assert!(read(&bytes[..at % end], &limits()).is_err());
    }

    #[test]
    fn a_flipped_byte_of_a_packed_archive_is_noticed_or_harmless(at in 0_usize..10_000, bits in 1_u8..=255) {
        let (bytes, content) = honest();
        let mut bytes = gzip(&bytes);
        let at = at % bytes.len();
        bytes[at] ^= bits;
        if let Ok(files) = read(bytes.as_slice(), &limits()) {
            // The head of a packed file holds its time and its maker, which nobody reads.
            for (name, content) in content {
                prop_assert_eq!(bytes_of(&files, name), content);
            }
        }
    }

    #[test]
    fn whatever_bytes_come_nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..4_096)) {
        let _ = read(bytes.as_slice(), &limits());
        let _ = read(gzip(&bytes).as_slice(), &limits());
    }
}
