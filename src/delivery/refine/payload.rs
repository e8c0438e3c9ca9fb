//! What a job says of itself: the path that was asked for, and what the client's headers chose.

use super::super::ask::{Ask, Product};
use crate::transform::ask::Variant;

/// Bytes before the path.
const VARIANT_BYTES: usize = 8;

/// A path and a variant of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Payload<'a> {
    pub(super) path: &'a str,
    pub(super) variant: Variant,
}

impl<'a> Payload<'a> {
    /// What leads to `ask` again; `None` where nothing does.
    pub(super) fn of(ask: &'a Ask) -> Option<Self> {
        match &ask.product {
            Product::Image { variant, .. } => Some(Self {
                path: ask.path.as_deref()?,
                variant: *variant,
            }),
            Product::Info(_) => None,
        }
    }

    /// As it is written: a byte for each field of the variant, four for its width, then the path.
    pub(super) fn encode(&self) -> Vec<u8> {
        let Variant {
            webp,
            avif,
            dpr_tenths,
            width,
            save_data,
        } = self.variant;
        let fields = [
            webp.into(),
            avif.into(),
            dpr_tenths.unwrap_or_default(),
            save_data.into(),
        ];
        let width = width.unwrap_or_default().to_le_bytes();
        [&fields, &width, self.path.as_bytes()].concat()
    }

    /// Reads what [`Payload::encode`] wrote.
    pub(super) fn decode(bytes: &'a [u8]) -> Option<Self> {
        let (variant, path) = bytes.split_first_chunk::<VARIANT_BYTES>()?;
        let [webp, avif, dpr, save_data, width @ ..] = *variant;
        Some(Self {
            path: std::str::from_utf8(path).ok()?,
            variant: Variant {
                webp: webp != 0,
                avif: avif != 0,
                dpr_tenths: Some(dpr).filter(|dpr| *dpr > 0),
                width: Some(u32::from_le_bytes(width)).filter(|width| *width > 0),
                save_data: save_data != 0,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let variants = [
            Variant::default(),
            Variant {
                webp: true,
                avif: false,
                dpr_tenths: Some(15),
                width: Some(70_000),
                save_data: true,
            },
        ];
        for variant in variants {
            let payload = Payload {
                path: "/x/w:1/plain/http://a.example/ü.jpg",
                variant,
            };
            assert_eq!(Payload::decode(&payload.encode()), Some(payload));
        }
        assert_eq!(Payload::decode(b"short"), None);
    }
}
