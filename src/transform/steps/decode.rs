//! The file to pixels, shrunk on the way.

use crate::identify::Facts;
use crate::image::decode::How;
use crate::image::{self, Error, Format, Pixels};
use crate::transform::geometry::Size;
use crate::transform::plan::{Reading, Steps};

/// Decodes what is planned of the source; of several pages each is laid below the one before.
pub(in crate::transform) fn decode(
    source: &[u8],
    facts: &Facts,
    steps: &Steps,
) -> Result<Pixels, Error> {
    let page = |page: u32| {
        let how = How { page, ..steps.how };
        let pixels = image::decode::decode(source, facts, &how)?;
        of_size(pixels, steps.decoded, facts.format)
    };
    let first = page(steps.how.page)?;
    let Reading::Stacked(pages) = steps.reading else {
        return Ok(first);
    };
    let mut stack = Stack::on(first, pages);
    for number in 1..pages {
        stack.push(&page(steps.how.page + number)?, facts.format)?;
    }
    Ok(stack.into_pixels())
}

/// The pixels, unless they are not of the size that was planned for.
pub(in crate::transform) fn of_size(
    pixels: Pixels,
    planned: Size,
    format: Format,
) -> Result<Pixels, Error> {
    let size = Size::of(&pixels);
    if size == planned {
        return Ok(pixels);
    }
    Err(Error::Dishonest {
        format,
        detail: format!("{size:?} came, {planned:?} was planned"),
    })
}

/// Pages of one layout, one below the other.
struct Stack {
    first: Pixels,
    data: Vec<u8>,
    height: u32,
}

impl Stack {
    fn on(first: Pixels, pages: u32) -> Self {
        let mut data = Vec::with_capacity(first.data().len().saturating_mul(pages as usize));
        data.extend_from_slice(first.data());
        Self {
            height: first.height(),
            first,
            data,
        }
    }

    fn push(&mut self, page: &Pixels, format: Format) -> Result<(), Error> {
        if page.layout() != self.first.layout() {
            return Err(Error::Broken {
                format,
                detail: "pages of several kinds are not stacked".to_owned(),
            });
        }
        self.data.extend_from_slice(page.data());
        self.height += page.height();
        Ok(())
    }

    fn into_pixels(self) -> Pixels {
        let (width, layout) = (self.first.width(), self.first.layout());
        Pixels::new(width, self.height, layout, self.data)
    }
}
