//! Lines of text for a person, put together on the stack.

use crate::system;

const CAPACITY: usize = 256;

/// A line under construction. What does not fit is dropped.
pub(crate) struct Line {
    bytes: [u8; CAPACITY],
    length: usize,
}

impl Line {
    pub(crate) const fn new() -> Self {
        Self {
            bytes: [0; CAPACITY],
            length: 0,
        }
    }

    pub(crate) fn text(mut self, text: &str) -> Self {
        text.bytes().for_each(|byte| self.push(byte));
        self
    }

    pub(crate) fn decimal(self, number: u64) -> Self {
        self.digits(number, 10)
    }

    pub(crate) fn hexadecimal(self, number: u64) -> Self {
        self.text("0x").digits(number, 16)
    }

    pub(crate) fn print(self) {
        self.write(1);
    }

    pub(crate) fn print_error(self) {
        self.write(2);
    }

    fn digits(mut self, mut number: u64, base: u64) -> Self {
        let mut reversed = [0; 20];
        let mut length = 0;
        loop {
            reversed[length] = b"0123456789abcdef"[(number % base) as usize];
            length += 1;
            number /= base;
            if number == 0 {
                break;
            }
        }
        reversed[..length]
            .iter()
            .rev()
            .for_each(|&digit| self.push(digit));
        self
    }

    fn push(&mut self, byte: u8) {
        // The last byte is kept for the line's end.
        if self.length < CAPACITY - 1 {
            self.bytes[self.length] = byte;
            self.length += 1;
        }
    }

    fn write(mut self, descriptor: i32) {
        self.bytes[self.length] = b'\n';
        system::write(descriptor, &self.bytes[..=self.length]);
    }
}
