//! A drawing ready to be painted.

use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{self, ImageHrefResolver, ImageKind, Options, Size, Tree};

use super::document::{self, refused};
use super::{cost, weight};
use crate::identify::svg::{DEFAULT_SIZE_PX, EM_PX, natural_size, with_size};
use crate::identify::{Identified, identify};
use crate::image::{Error, Format, Layout, Pixels, fonts};

/// The longest embedded picture in bytes.
const MAX_EMBEDDED_BYTES: usize = 8 << 20;
/// The largest embedded picture in pixels.
const MAX_EMBEDDED_PIXELS: u64 = 16_000_000;

/// A drawing, read and within its bounds, and the size it has of itself.
pub(crate) struct Drawing {
    tree: Tree,
    width: f32,
    height: f32,
}

/// Reads the text of a drawing.
pub(crate) fn parse(text: &str) -> Result<Drawing, Error> {
    let unlike = |_| refused("its first element is not that of SVG");
    let (width, height) = natural_size(text.as_bytes()).map_err(unlike)?;
    let text = with_size(text).map_err(unlike)?;
    let document = document::parse(&text)?;
    weight::bounded(&document)?;
    let tree = Tree::from_xmltree(&document, &options())
        .map_err(|error| Error::broken(Format::Svg, error))?;
    Ok(Drawing {
        tree,
        width,
        height,
    })
}

impl Drawing {
    /// Paints the whole drawing, stretched to `width` x `height` pixels.
    pub(crate) fn paint(&self, width: u32, height: u32) -> Result<Pixels, Error> {
        self.bounded(width, height)?;
        let mut pixmap = Pixmap::new(width, height)
            .ok_or_else(|| Error::codec(Format::Svg, "no room for the picture"))?;
        resvg::render(
            &self.tree,
            self.stretch(width, height),
            &mut pixmap.as_mut(),
        );
        Ok(straight(pixmap))
    }

    /// Refuses to paint what takes too long or too much room at this size.
    pub(super) fn bounded(&self, width: u32, height: u32) -> Result<(), Error> {
        cost::bounded(
            self.tree.root(),
            self.stretch(width, height),
            (width, height),
        )
    }

    fn stretch(&self, width: u32, height: u32) -> Transform {
        Transform::from_scale(width as f32 / self.width, height as f32 / self.height)
    }
}

/// The pixels with colour no longer multiplied by alpha.
pub(crate) fn straight(pixmap: Pixmap) -> Pixels {
    let (width, height) = (pixmap.width(), pixmap.height());
    Pixels::new(width, height, Layout::Rgba, pixmap.take_demultiplied())
}

/// How drawings are read: without files and addresses, with the fonts that are here.
pub(crate) fn options() -> Options<'static> {
    Options {
        font_family: fonts::SANS.to_owned(),
        font_size: EM_PX,
        default_size: Size::from_wh(DEFAULT_SIZE_PX.0, DEFAULT_SIZE_PX.1)
            .unwrap_or(usvg::Options::default().default_size),
        image_href_resolver: ImageHrefResolver {
            resolve_data: Box::new(|_, bytes, _| embedded(bytes)),
            resolve_string: Box::new(|_, _| None),
        },
        font_resolver: fonts::resolver(),
        fontdb: fonts::database(),
        ..Options::default()
    }
}

/// An embedded picture, by what its bytes are; drawings within drawings, and pictures above the bounds, stay away.
fn embedded(bytes: Arc<Vec<u8>>) -> Option<ImageKind> {
    if bytes.len() > MAX_EMBEDDED_BYTES {
        return None;
    }
    let Identified::Image(facts) = identify(&bytes, true) else {
        return None;
    };
    if u64::from(facts.width) * u64::from(facts.height) > MAX_EMBEDDED_PIXELS {
        return None;
    }
    match facts.format {
        Format::Jpeg => Some(ImageKind::JPEG(bytes)),
        Format::Png => Some(ImageKind::PNG(bytes)),
        Format::Gif => Some(ImageKind::GIF(bytes)),
        Format::WebP => Some(ImageKind::WEBP(bytes)),
        _ => None,
    }
}
