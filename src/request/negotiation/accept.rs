//! The Accept header (RFC 9110, section 12.5.1).

/// The qualities that a client gives to formats which are not taken for granted, in thousandths; 0 is not at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Accepted {
    pub(super) webp: u16,
    pub(super) avif: u16,
}

impl Accepted {
    /// Reads a header. Wildcards name no format, for every client sends one; an element that is malformed is
    /// passed over; of two that name a format the last counts.
    pub(super) fn read(header: &str) -> Self {
        let mut accepted = Self::default();
        for element in header.split(',') {
            let mut parts = element.split(';').map(str::trim);
            let media_type = parts.next().unwrap_or_default();
            let slot = if media_type.eq_ignore_ascii_case("image/webp") {
                &mut accepted.webp
            } else if media_type.eq_ignore_ascii_case("image/avif") {
                &mut accepted.avif
            } else {
                continue;
            };
            if let Some(quality) = quality(parts) {
                *slot = quality;
            }
        }
        accepted
    }
}

/// The weight among the parameters, 1 where there is none; `None` where it is none.
fn quality<'p>(mut parameters: impl Iterator<Item = &'p str>) -> Option<u16> {
    let is_weight = |parameter: &&str| {
        let name = parameter.split('=').next().unwrap_or_default();
        name.trim_end().eq_ignore_ascii_case("q")
    };
    match parameters.find(is_weight) {
        None => Some(1000),
        Some(weight) => {
            let (_, value) = weight.split_once('=')?;
            thousandths(value.trim())
        }
    }
}

/// `0`, `1`, or either with up to three decimals, 1 at most.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = decimals.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits || decimals.len() > 3 || !matches!(whole, "0" | "1") {
        return None;
    }
    format!("{whole}{decimals:0<3}")
        .parse()
        .ok()
        .filter(|thousandths| *thousandths <= 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qualities_are_of_named_types_only() {
        for (header, webp, avif) in [
            ("", 0, 0),
            ("*/*", 0, 0),
            ("image/*;q=1", 0, 0),
            (
                "image/avif,image/webp,image/apng,image/*,*/*;q=0.8",
                1000,
                1000,
            ),
            ("image/webp", 1000, 0),
            ("IMAGE/WebP ; Q=0.5", 500, 0),
            ("image/webp;q=0", 0, 0),
            ("image/webp;q=0.000", 0, 0),
            ("image/webp;q=1.000, image/avif;q=0.9", 1000, 900),
            ("image/webp;level=1;q=0.123", 123, 0),
            ("image/webp;q = 0.2", 200, 0),
            ("image/webp;q=1.001", 0, 0),
            ("image/webp;q=2", 0, 0),
            ("image/webp;q=-1", 0, 0),
            ("image/webp;q=.5", 0, 0),
            ("image/webp;q=0.1234", 0, 0),
            ("image/webp;q", 0, 0),
            ("image/webp;q=0,image/webp", 1000, 0),
            ("image/webpx, ximage/webp, image/webp2", 0, 0),
            ("text/html;image/webp", 0, 0),
            (",;,=,", 0, 0),
        ] {
            assert_eq!(Accepted::read(header), Accepted { webp, avif }, "{header}");
        }
    }
}
