//! Bits from the lowest of each byte on (ISO/IEC 18181-1, annex B).

use crate::identify::bytes::Halt;

pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// Four ways to write a number, told apart by two bits: so many bits, plus an offset.
#[derive(Clone, Copy)]
pub(super) struct U32(pub(super) [(u32, u32); 4]);

impl<'a> Bits<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(super) fn flag(&mut self) -> Result<bool, Halt> {
        Ok(self.read(1)? == 1)
    }

    /// A number of up to 32 bits.
    pub(super) fn read(&mut self, count: u32) -> Result<u32, Halt> {
        let mut value = 0;
        for place in 0..count {
            let byte = self.bytes.get(self.at / 8).ok_or(Halt::Short)?;
            value |= u32::from(byte >> (self.at % 8) & 1) << place;
            self.at += 1;
        }
        Ok(value)
    }

    pub(super) fn number(&mut self, U32(ways): U32) -> Result<u32, Halt> {
        let way = self.read(2)? as usize;
        let (count, offset) = ways.get(way).copied().unwrap_or_default();
        let value = self.read(count)?.checked_add(offset);
        value.ok_or(Halt::Refused("JPEG XL with a number out of range"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_bit_comes_first_and_the_end_is_short() {
        let mut bits = Bits::new(&[0b1010_0110, 0b0000_0001]);
        assert_eq!(bits.flag(), Ok(false));
        assert_eq!(bits.read(3), Ok(0b011));
        assert_eq!(bits.read(5), Ok(0b1_1010));
        assert_eq!(bits.read(8), Err(Halt::Short));
    }

    #[test]
    fn a_number_is_written_in_one_of_four_ways() {
        let number = U32([(0, 7), (2, 1), (4, 100), (32, 1)]);
        assert_eq!(Bits::new(&[0b00]).number(number), Ok(7));
        assert_eq!(Bits::new(&[0b1001]).number(number), Ok(3));
        assert_eq!(Bits::new(&[0b11_1110]).number(number), Ok(115));
        let largest = [0xff; 5];
        assert!(matches!(
            Bits::new(&largest).number(number),
            Err(Halt::Refused(_))
        ));
    }
}
