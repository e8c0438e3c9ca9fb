//! What of a profile is read at all.
//!
//! A profile is a list of tags that point into it, and may point to the same megabytes thousands of times. So a copy
//! is read whose list has the few tags that decide colours, each once; names, texts and measurements in many
//! languages are not looked at.

/// ICC.1:2022, section 7.2: the header, then the number of tags.
const HEADER_BYTES: usize = 128;
const COUNT_BYTES: usize = 4;
/// Section 7.3: a tag's signature, where it begins, how long it is.
const TAG_BYTES: usize = 12;

/// Profiles with more tags than this are ignored; real ones have a few dozen.
const MAX_TAGS: usize = 256;

/// What decides colours, besides the table.
const WANTED: [&[u8; 4]; 11] = [
    b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC", b"kTRC", b"wtpt", b"bkpt", b"chad",
    b"cicp",
];

/// Tables from the device's colours, in the order of preference: relative colorimetric, perceptual, saturation.
const TABLES: [&[u8; 4]; 3] = [b"A2B1", b"A2B0", b"A2B2"];

/// A copy of the profile with the tags that decide colours, and the best of its tables as that of the intent that is
/// asked for. Nothing where the list of tags is broken or too long.
pub(super) fn essentials(icc: &[u8]) -> Option<Vec<u8>> {
    let count = icc.get(HEADER_BYTES..)?.first_chunk::<COUNT_BYTES>()?;
    let count = u32::from_be_bytes(*count) as usize;
    if count > MAX_TAGS {
        return None;
    }
    let start = HEADER_BYTES + COUNT_BYTES;
    let list = icc.get(start..start + count * TAG_BYTES)?;
    let (tags, _) = list.as_chunks::<TAG_BYTES>();
    let named = |name: &[u8; 4]| tags.iter().find(|tag| tag[..4] == name[..]);
    let mut kept: Vec<[u8; TAG_BYTES]> = WANTED
        .iter()
        .filter_map(|name| named(name))
        .copied()
        .collect();
    if let Some(mut table) = TABLES.iter().find_map(|name| named(name)).copied() {
        table[..4].copy_from_slice(TABLES[0]);
        kept.push(table);
    }
    kept.resize(count, [0; TAG_BYTES]);
    let mut copy = icc.to_vec();
    copy[start..start + count * TAG_BYTES].copy_from_slice(kept.as_flattened());
    Some(copy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(tags: &[&[u8; 4]]) -> Vec<u8> {
        let mut profile = vec![7; HEADER_BYTES];
        profile.extend((tags.len() as u32).to_be_bytes());
        for (n, tag) in tags.iter().enumerate() {
            profile.extend(tag.iter().chain(&[n as u8; 8]));
        }
        profile.extend([9; 40]);
        profile
    }

    fn names(profile: &[u8]) -> Vec<(&[u8], u8)> {
        let tags = profile[132..profile.len() - 40].chunks_exact(12);
        tags.map(|tag| (&tag[..4], tag[4])).collect()
    }

    #[test]
    fn each_tag_is_kept_once_and_texts_are_dropped() {
        let copy = essentials(&profile(&[b"desc", b"rXYZ", b"rXYZ", b"cprt", b"kTRC"])).unwrap();
        let none: &[u8] = &[0; 4];
        let expected: [(&[u8], u8); 5] =
            [(b"rXYZ", 1), (b"kTRC", 4), (none, 0), (none, 0), (none, 0)];
        assert_eq!(names(&copy), expected);
        assert_eq!(copy[..128], [7; 128]);
    }

    #[test]
    fn the_best_table_stands_for_all() {
        for (tags, best) in [
            (&[b"A2B0", b"A2B2", b"A2B1"][..], 2),
            (&[b"A2B2", b"A2B0"], 1),
            (&[b"B2A0", b"A2B2"], 1),
        ] {
            let copy = essentials(&profile(tags)).unwrap();
            assert_eq!(names(&copy)[0], (&b"A2B1"[..], best));
        }
    }

    #[test]
    fn a_list_that_is_cut_or_endless_is_no_profile() {
        let whole = profile(&[b"rXYZ"]);
        for end in [0, 127, 131, 132, 143] {
            assert!(essentials(&whole[..end]).is_none(), "{end}");
        }
        assert!(essentials(&profile(&[b"A2B0"; 257])).is_none());
    }
}
