//! One pipeline of the ask, ready to be decided for the picture that it meets.

use super::filters::{Scaling, filters};
use super::{Decoded, Flatten, Marking, Pass, Sampling, Unsharp};
use crate::transform::ask::{Gravity, Transform, Trim};
use crate::transform::geometry::{Attention, Frame, Geometry, Oversize, Point, Rect, Size};
use crate::transform::gravity::Shares;

/// What decides a pass, but for the picture.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::transform) struct Course {
    /// What is asked for.
    pub(super) transform: Transform,
    /// The picture that is expected.
    pub(super) scene: Scene,
    /// Whether pixels are weighed by their light when they are scaled.
    pub(super) linear: bool,
    /// How the settings want results sharpened.
    pub(super) unsharp: Unsharp,
    /// What transparent pixels are laid on.
    pub(super) flatten: Option<Flatten>,
    /// What is laid over the picture, at a device pixel ratio of 1.
    pub(super) mark: Option<Marking>,
}

/// The picture that a course meets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::transform) struct Scene {
    /// Its size, how it is turned, and how far the result may go.
    pub(super) frame: Frame,
    /// Its pixels.
    pub(super) decoded: Decoded,
}

/// What is to be placed where there is most to see: a box, as shares of the sides around it.
pub(in crate::transform) type Inner = (f64, f64);

impl Scene {
    /// This one where the pixels are `whole` and the picture is a part of them.
    fn part(self, whole: Size, part: Rect) -> Self {
        let origin = Point {
            x: part.left,
            y: part.top,
        };
        Self {
            frame: Frame {
                stored: part.size(),
                ..self.frame
            },
            decoded: Decoded::part(whole, origin),
        }
    }

    /// A box of the picture in whole pixels.
    pub(in crate::transform) fn view(&self, of: Rect) -> Rect {
        self.decoded.rect(of)
    }

    /// The whole picture in pixels.
    pub(in crate::transform) fn whole(&self) -> Rect {
        self.view(Point { x: 0, y: 0 }.rect(self.frame.stored))
    }

    pub(in crate::transform) fn with_crop_at(self, (x, y): (f64, f64)) -> Self {
        self.attending(Attention {
            crop: Shares { x, y },
            ..self.frame.attention
        })
    }

    pub(in crate::transform) fn with_cut_at(self, (x, y): (f64, f64)) -> Self {
        self.attending(Attention {
            cut: Shares { x, y },
            ..self.frame.attention
        })
    }

    fn attending(self, attention: Attention) -> Self {
        Self {
            frame: Frame {
                attention,
                ..self.frame
            },
            ..self
        }
    }
}

impl Course {
    /// The border that is cut off first.
    pub(in crate::transform) const fn trim(&self) -> Option<&Trim> {
        self.transform.trim.as_ref()
    }

    /// The scene of pixels of this size, of which `part` is the picture where a border was found.
    pub(in crate::transform) fn scene(&self, pixels: Size, part: Option<Rect>) -> Scene {
        let whole = Point { x: 0, y: 0 }.rect(pixels);
        match part {
            None if pixels == self.scene.decoded.size() => self.scene,
            part => self.scene.part(pixels, part.unwrap_or(whole)),
        }
    }

    /// The boxes of a scene.
    pub(in crate::transform) fn geometry(&self, scene: &Scene) -> Result<Geometry, Oversize> {
        Geometry::new(&self.transform, &scene.frame)
    }

    /// Whether the pixels have a say in where the boxes lie.
    pub(super) fn looks(&self, geometry: &Geometry) -> bool {
        let scene = &self.scene;
        self.trim().is_some()
            || self.crop_to_place(scene, geometry).is_some()
            || self.cut_to_place(scene, geometry).is_some()
    }

    /// The crop, where it is to be placed by what is seen and could lie elsewhere.
    pub(in crate::transform) fn crop_to_place(
        &self,
        scene: &Scene,
        geometry: &Geometry,
    ) -> Option<Inner> {
        let gravity = self
            .transform
            .crop
            .gravity
            .unwrap_or(self.transform.gravity);
        inner(gravity, scene.frame.stored, geometry.crop.size())
    }

    /// The cut, likewise.
    pub(in crate::transform) fn cut_to_place(
        &self,
        scene: &Scene,
        geometry: &Geometry,
    ) -> Option<Inner> {
        let back = scene.frame.orientation.inverse();
        let outer = back.size(geometry.scaled);
        inner(
            self.transform.gravity,
            outer,
            back.size(geometry.cut.size()),
        )
    }

    /// The pass that makes the geometry's boxes of a scene.
    pub(in crate::transform) fn pass(&self, scene: &Scene, geometry: &Geometry) -> Pass {
        let sampling = Sampling {
            kernel: self.transform.resizing_algorithm,
            linear: self.linear,
            ..Sampling::new(&scene.frame, geometry, &scene.decoded)
        };
        let dpr = geometry.dpr;
        Pass {
            sampling,
            orientation: scene.frame.orientation,
            filters: filters(&self.transform, &self.unsharp, scaling(scene, geometry)),
            flatten: self.flatten,
            canvas: geometry.canvas,
            fit: geometry.fit,
            mark: self.mark.clone().map(|mark| Marking { dpr, ..mark }),
        }
    }
}

fn inner(gravity: Gravity, outer: Size, inner: Size) -> Option<Inner> {
    let share = |inner: u32, outer: u32| f64::from(inner) / f64::from(outer);
    (gravity == Gravity::Smart && inner != outer).then(|| {
        (
            share(inner.width, outer.width).min(1.0),
            share(inner.height, outer.height).min(1.0),
        )
    })
}

fn scaling(scene: &Scene, geometry: &Geometry) -> Scaling {
    let crop = scene.frame.orientation.size(geometry.crop.size());
    let scaled = geometry.scaled;
    if scaled.width < crop.width || scaled.height < crop.height {
        Scaling::Down
    } else {
        Scaling::UpOrNone
    }
}
