//! What the origin of a source said of its use, as a record keeps it.

use std::time::Duration;

use super::fields::{Reader, Writer};
use super::frame::Unreadable;

/// What the origin said when the source was last validated; nothing where it said nothing, or is not listened to.
/// Times are whole seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// How long after its validation the source is fresh.
    pub fresh_for: Option<Duration>,
    /// How much longer variants may be answered while the source is asked for anew.
    pub stale_while_revalidate: Option<Duration>,
    /// How much longer they may be answered while the source fails.
    pub stale_if_error: Option<Duration>,
    /// Who may keep what is made of the source.
    pub sharing: Sharing,
}

/// Who may keep an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Sharing {
    /// Everybody.
    #[default]
    Everybody = 0,
    /// The client alone.
    Client = 1,
    /// Nobody.
    Nobody = 2,
}

/// The seconds that stand for no time.
const NO_TIME: u32 = u32::MAX;

impl Terms {
    pub(super) fn decode(fields: &mut Reader<'_>) -> Result<Self, Unreadable> {
        // The first files ended before.
        if fields.is_empty() {
            return Ok(Self::default());
        }
        Ok(Self {
            fresh_for: time(fields.u32()?),
            stale_while_revalidate: time(fields.u32()?),
            stale_if_error: time(fields.u32()?),
            sharing: Sharing::from_code(fields.u8()?)
                .ok_or(Unreadable::Damaged("unknown sharing"))?,
        })
    }

    pub(super) fn encode(&self, fields: &mut Writer) {
        fields
            .fixed(&seconds(self.fresh_for).to_le_bytes())
            .fixed(&seconds(self.stale_while_revalidate).to_le_bytes())
            .fixed(&seconds(self.stale_if_error).to_le_bytes())
            .fixed(&[self.sharing as u8]);
    }
}

impl Sharing {
    const fn from_code(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::Everybody),
            1 => Some(Self::Client),
            2 => Some(Self::Nobody),
            _ => None,
        }
    }
}

fn time(seconds: u32) -> Option<Duration> {
    (seconds != NO_TIME).then_some(Duration::from_secs(seconds.into()))
}

/// Whole seconds, capped below the one that stands for no time.
fn seconds(time: Option<Duration>) -> u32 {
    time.map_or(NO_TIME, |time| {
        u32::try_from(time.as_secs()).map_or(NO_TIME - 1, |seconds| seconds.min(NO_TIME - 1))
    })
}
