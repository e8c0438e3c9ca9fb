//! Commands to letters, with as little between their numbers as divides them.

use super::pen::Way;
use crate::image::svg::minify::number::{Decimal, Notation};

/// What was written so far.
#[derive(Default)]
pub(super) struct Text {
    written: String,
    end: End,
}

/// What matters of a text to what follows it.
#[derive(Clone, Copy, Default)]
struct End {
    /// The command that numbers without one continue.
    continued: Option<u8>,
    last: Last,
}

/// What a text ends with.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Last {
    #[default]
    Letter,
    /// A number that another point ends.
    Pointed,
    /// Any other number.
    Number,
}

impl End {
    /// Whether a number has to be divided from what stands before it.
    fn is_divided_from(self, number: Decimal) -> bool {
        let begins = number.is_negative()
            || self.last == Last::Pointed && number.begins_with_point(Notation::Scientific);
        self.last != Last::Letter && !begins
    }

    fn after_letter(self, letter: u8) -> Self {
        let continued = match letter {
            b'M' => Some(b'L'),
            b'm' => Some(b'l'),
            b'z' => None,
            letter => Some(letter),
        };
        let last = match self.continued == Some(letter) {
            true => self.last,
            false => Last::Letter,
        };
        Self { continued, last }
    }

    fn after_number(self, number: Decimal) -> Self {
        let last = match number.has_point(Notation::Scientific) {
            true => Last::Pointed,
            false => Last::Number,
        };
        Self { last, ..self }
    }
}

impl Text {
    /// All of it.
    pub(super) fn finish(self) -> String {
        self.written
    }

    /// By how much a command makes it longer.
    pub(super) fn length_of(&self, way: &Way) -> usize {
        let mut end = self.end.after_letter(way.letter);
        let mut length = usize::from(self.end.continued != Some(way.letter));
        for number in way.numbers() {
            length += usize::from(end.is_divided_from(number));
            length += number.length(Notation::Scientific);
            end = end.after_number(number);
        }
        length
    }

    pub(super) fn command(&mut self, way: &Way) {
        if self.end.continued != Some(way.letter) {
            self.written.push(char::from(way.letter));
        }
        self.end = self.end.after_letter(way.letter);
        way.numbers().for_each(|number| self.number(number));
    }

    pub(super) fn number(&mut self, number: Decimal) {
        if self.end.is_divided_from(number) {
            self.written.push(' ');
        }
        number.write(Notation::Scientific, &mut self.written);
        self.end = self.end.after_number(number);
    }
}
