//! Animations: frame after frame through the same passes, and one setting for all of them.

use std::cell::Cell;
use std::rc::Rc;

use super::passes::Passes;
use super::{Derivative, Job, output};
use crate::image::decode::{self, Range};
use crate::image::{Error, Pixels, encode};
use crate::optimize::animation::{self, Scene, Setting, telling};
use crate::transform::geometry::Size;
use crate::transform::plan::Search;
use crate::transform::steps;

impl Job<'_> {
    /// Frame after frame through the same passes; what had to be looked at was looked at on the first.
    pub(super) fn moving(&self, range: Range) -> Result<Derivative, Error> {
        let setting = self.setting(range)?;
        let options = encode::Options {
            metadata: steps::kept(self.steps, &self.metadata),
            ..setting.options
        };
        let format = options.format;
        let size = Cell::new(None);
        let encode = |options: &encode::Options| {
            let (bytes, written) = self.animation(range, options, setting.loss)?;
            size.set(Some(written));
            Ok(bytes)
        };
        // Each file is made from the source anew: all frames together are never held.
        let output = &self.steps.output;
        let bytes = match &output.main().search {
            Search::Score(_) => encode(&options)?,
            Search::Bytes { most, quality } => {
                output::fitting(encode, options, (*most, quality.clone()))?
            }
            Search::Fixed => output::within_bytes(encode, options, output.max_bytes)?,
        };
        let size = size.get().ok_or_else(|| self.without_frames())?;
        Ok(Derivative {
            bytes,
            format,
            width: size.width,
            height: size.height,
            score: setting.score,
            packed: false,
        })
    }

    /// All frames as one file, and their size.
    fn animation(
        &self,
        range: Range,
        options: &encode::Options,
        loss: u8,
    ) -> Result<(Vec<u8>, Size), Error> {
        let mut passes = Passes::new(self);
        let mut file: Option<(encode::Animation, Size)> = None;
        let mut frames = decode::frames(self.source, self.facts, range)?;
        let loops = frames.loops;
        for frame in frames.by_ref() {
            let frame = frame?;
            let pixels = passes.run(self.expected(frame.pixels)?)?;
            let size = Size::of(&pixels);
            let (animation, _) = match &mut file {
                Some(begun) => begun,
                None => {
                    let sides = (size.width, size.height);
                    let begun = encode::Animation::try_new(sides, loops, options)?;
                    file.insert((begun.with_loss(loss), size))
                }
            };
            animation.push(&pixels, frame.delay_ms)?;
        }
        let (animation, size) = file.ok_or_else(|| self.without_frames())?;
        Ok((animation.finish()?, size))
    }

    /// How all frames are written: as it was said, or so that the most telling one looks good enough.
    fn setting(&self, range: Range) -> Result<Setting, Error> {
        let way = self.steps.output.main();
        let Some(searched) = way.searched() else {
            return Ok(Setting::said(way.options.clone()));
        };
        let scene = self.scene(range)?;
        animation::setting(&scene, searched, self.abort)
            .map_err(|error| output::failed(error, way.options.format))
    }

    /// The frame that tells the most, as it will be written. Frames are compared as they are decoded: what becomes of
    /// each takes longer than reading it.
    fn scene(&self, range: Range) -> Result<Scene, Error> {
        let mut passes = Passes::new(self);
        let mut before: Option<Rc<Pixels>> = None;
        let mut best: Option<(u64, Pair)> = None;
        let mut count = 0;
        for frame in decode::frames(self.source, self.facts, range)? {
            let frame = Rc::new(self.expected(frame?.pixels)?);
            if count == 0 {
                passes.run(Pixels::clone(&frame))?;
            }
            count += 1;
            let tells = telling(&frame, before.as_deref());
            if best.as_ref().is_none_or(|(most, _)| tells > *most) {
                let before = before.take();
                let frame = Rc::clone(&frame);
                best = Some((tells, Pair { before, frame }));
            }
            before = Some(frame);
        }
        let (_, pair) = best.ok_or_else(|| self.without_frames())?;
        drop(before);
        let mut made = |pixels: Rc<Pixels>| passes.run(Rc::unwrap_or_clone(pixels));
        Ok(Scene {
            before: pair.before.map(&mut made).transpose()?,
            frame: made(pair.frame)?,
            frames: count,
        })
    }

    /// A frame of the size that was planned for.
    fn expected(&self, frame: Pixels) -> Result<Pixels, Error> {
        steps::of_size(frame, self.steps.decoded, self.facts.format)
    }

    fn without_frames(&self) -> Error {
        Error::Broken {
            format: self.facts.format,
            detail: "no frames".to_owned(),
        }
    }
}

/// A frame as it was decoded, and the one before it.
struct Pair {
    before: Option<Rc<Pixels>>,
    frame: Rc<Pixels>,
}
