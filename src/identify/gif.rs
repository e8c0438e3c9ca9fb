//! GIF (89a specification): the blocks up to the first frame; of a whole file, all of them.

use super::bytes::{Extent, Halt, byte, le16, slice};
use super::{ColorType, Facts, Format, Orientation, Subtype};

/// How many blocks and parts of blocks may precede the first frame.
const MAX_BLOCKS_BEFORE: u32 = 8192;

const EXTENSION: u8 = 0x21;
const FRAME: u8 = 0x2C;
const TRAILER: u8 = 0x3B;
const GRAPHIC_CONTROL: u8 = 0xF9;
const APPLICATION: u8 = 0xFF;

/// A block after the screen descriptor.
enum Block {
    /// A frame: left, top, width and height, and whether it is interlaced.
    Frame { area: [u16; 4], interlaced: bool },
    /// A graphic control extension: whether the frame has a clear colour.
    Control { transparent: bool },
    /// The extension that says how often to repeat.
    Repeat,
    /// Any other extension.
    Other,
    /// The end of the file.
    Trailer,
}

/// Reads up to the first frame, and to the end of a whole file.
pub(super) fn facts(bytes: &[u8], extent: Extent) -> Result<Facts, Halt> {
    let (width, height) = (le16(bytes, 6)?, le16(bytes, 8)?);
    if width == 0 || height == 0 {
        return Err(Halt::Refused("GIF without a size"));
    }
    let palette_flags = byte(bytes, 10)?;
    let mut blocks = Blocks {
        bytes,
        at: 13 + palette_bytes(palette_flags),
        steps: MAX_BLOCKS_BEFORE,
    };
    let mut facts = Facts {
        format: Format::Gif,
        subtype: Some(Subtype::Sequential),
        width: width.into(),
        height: height.into(),
        orientation: Orientation::UPRIGHT,
        color_type: ColorType::Palette,
        bit_depth: 8,
        alpha: false,
        icc: false,
        exif: false,
        animated: false,
        frames: None,
    };
    read_to_first_frame(&mut facts, &mut blocks)?;
    if extent == Extent::Whole {
        let frames = blocks.count_frames();
        facts.frames = Some(frames);
        facts.animated = frames > 1;
    }
    Ok(facts)
}

fn read_to_first_frame(facts: &mut Facts, blocks: &mut Blocks<'_>) -> Result<(), Halt> {
    loop {
        match blocks.advance()? {
            Block::Frame { area, interlaced } => {
                if interlaced {
                    facts.subtype = Some(Subtype::Interlaced);
                }
                facts.alpha |= !covers(area, facts);
                return Ok(());
            }
            Block::Control { transparent } => facts.alpha |= transparent,
            Block::Repeat => facts.animated = true,
            Block::Other => {}
            Block::Trailer => return Err(Halt::Refused("GIF without a frame")),
        }
    }
}

/// Whether an area fills the canvas; what the first frame leaves bare is clear.
fn covers([left, top, width, height]: [u16; 4], canvas: &Facts) -> bool {
    left == 0 && top == 0 && u32::from(width) >= canvas.width && u32::from(height) >= canvas.height
}

/// The length of a colour table that follows a byte of flags.
const fn palette_bytes(flags: u8) -> usize {
    match flags & 0x80 {
        0 => 0,
        _ => 3 << ((flags & 7) + 1),
    }
}

/// The blocks of a file; each starts with its kind.
struct Blocks<'a> {
    bytes: &'a [u8],
    at: usize,
    steps: u32,
}

impl Blocks<'_> {
    /// The next block. After a frame, the position is that of its descriptor's end, before its colours and pixels.
    fn advance(&mut self) -> Result<Block, Halt> {
        self.step()?;
        match byte(self.bytes, self.at)? {
            EXTENSION => self.extension(),
            FRAME => {
                let flags = byte(self.bytes, self.at + 9)?;
                let field = |at| le16(self.bytes, self.at + at);
                let area = [field(1)?, field(3)?, field(5)?, field(7)?];
                self.at += 10 + palette_bytes(flags);
                Ok(Block::Frame {
                    area,
                    interlaced: flags & 0x40 != 0,
                })
            }
            TRAILER => Ok(Block::Trailer),
            _ => Err(Halt::Refused("GIF with a broken block")),
        }
    }

    fn extension(&mut self) -> Result<Block, Halt> {
        let label = byte(self.bytes, self.at + 1)?;
        let first = self.at + 2;
        let length = usize::from(byte(self.bytes, first)?);
        let content = slice(self.bytes, first + 1, length)?;
        let block = match (label, content) {
            (GRAPHIC_CONTROL, [flags, _, _, _, ..]) => Block::Control {
                transparent: flags & 1 != 0,
            },
            (APPLICATION, b"NETSCAPE2.0" | b"ANIMEXTS1.0") => Block::Repeat,
            _ => Block::Other,
        };
        self.at = first;
        self.skip_parts()?;
        Ok(block)
    }

    /// Passes over parts that each begin with their length, up to the one of length zero.
    fn skip_parts(&mut self) -> Result<(), Halt> {
        loop {
            let length = byte(self.bytes, self.at)?;
            self.at += 1 + usize::from(length);
            if length == 0 {
                return Ok(());
            }
            self.step()?;
        }
    }

    /// One for the frame just read, and those after it. What is cut off or broken ends the count.
    fn count_frames(&mut self) -> u32 {
        self.steps = u32::MAX;
        let mut frames = 1;
        while self.skip_pixels().is_ok() {
            match self.reach_frame() {
                Ok(true) => frames += 1,
                _ => break,
            }
        }
        frames
    }

    fn skip_pixels(&mut self) -> Result<(), Halt> {
        self.at += 1; // the size of the first code
        self.skip_parts()
    }

    /// Whether another frame comes.
    fn reach_frame(&mut self) -> Result<bool, Halt> {
        loop {
            match self.advance()? {
                Block::Frame { .. } => return Ok(true),
                Block::Trailer => return Ok(false),
                _ => {}
            }
        }
    }

    fn step(&mut self) -> Result<(), Halt> {
        let left = self.steps.checked_sub(1);
        self.steps = left.ok_or(Halt::Refused("GIF with too many blocks"))?;
        Ok(())
    }
}
