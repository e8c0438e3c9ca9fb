use super::*;

/// One code of each length: ones, and a zero at the end.
fn definition() -> Definition {
    let mut definition = [0; 17 + 256];
    for length in 1..=16 {
        definition[length] = 1;
        definition[16 + length] = symbol(length);
    }
    definition
}

/// Zeros, and then a value of one bit.
fn symbol(length: usize) -> u8 {
    (length as u8 % 16) << 4 | 1
}

fn scan<'a>(means: &'a Definition, others: &'a Definition, interval: u32) -> Option<Scan> {
    let tables = Tables {
        means: [Some(means), None, None, None],
        others: [Some(others), None, None, None],
    };
    let coding = Coding {
        component: 0,
        mean: 0,
        others: 0,
        is_mean: false,
    };
    Scan::new(tables, &[coding], interval)
}

#[test]
fn values_are_those_of_the_standard() {
    for (bits, size, value) in [
        (0b0, 1, -1),
        (0b1, 1, 1),
        (0b00, 2, -3),
        (0b01, 2, -2),
        (0b10, 2, 2),
        (0b11, 2, 3),
        (0, 11, -2047),
        (0x7ff, 11, 2047),
        (0, 15, -32_767),
    ] {
        assert_eq!(extended(bits << (64 - size), size), value, "{bits:b}");
    }
}

#[test]
fn codes_of_every_length_are_found() {
    let table = Table::new(&definition(), Kind::Others);
    for length in 1..=16 {
        // The value behind the code is 1.
        let bits = !(!0_u64 >> (length - 1)) | 1 << (63 - length);
        let mut reader = Reader {
            file: &[],
            position: 0,
            left: Left { bits, count: 64 },
        };
        let code = reader.code(&table).unwrap();
        assert_eq!(reader.value(code), 1, "{length}");
        assert_eq!(code.run(), length % 16, "{length}");
        assert_eq!(reader.left.count, 63 - length as i32, "{length}");
    }
    let mut ones = Reader {
        file: &[],
        position: 0,
        left: Left {
            bits: !0,
            count: 64,
        },
    };
    assert!(ones.code(&table).is_none(), "no code is of ones alone");
}

/// One code, of one zero.
fn of_one_code(symbol: u8) -> Definition {
    let mut definition = [0; 17 + 256];
    definition[1] = 1;
    definition[17] = symbol;
    definition
}

#[test]
fn means_go_on_from_block_to_block_until_a_restart() {
    let (means, others) = (of_one_code(1), of_one_code(0));
    // Two blocks whose mean is one more, and nothing else: three bits each, padded with ones. A marker; and once more.
    let file = [0b0100_1011, 0xff, 0xd0, 0b0100_1011, 0xff, 0xd1];
    let mut scan = scan(&means, &others, 2).unwrap();
    let (mut rest, mut found) = (&file[..], Vec::new());
    for _ in 0..4 {
        let mut blocks = [[0; 64]];
        let read = scan.read(rest, &mut blocks).unwrap();
        rest = &rest[read..];
        found.push(blocks[0][0]);
    }
    assert_eq!(found, [1, 2, 1, 2]);
    assert_eq!(scan.read(rest, &mut [[0; 64]]), None, "the file ends");
}

#[test]
fn a_restart_that_is_missing_or_another_is_given_up() {
    let (means, others) = (of_one_code(1), of_one_code(0));
    for behind in [[0xff, 0xd1], [0xff, 0xd9], [0b0100_1011, 0b0100_1011]] {
        let file = [&[0b0101_1111][..], &behind].concat();
        let mut scan = scan(&means, &others, 1).unwrap();
        let read = scan.read(&file, &mut [[0; 64]]).unwrap();
        assert_eq!(scan.read(&file[read..], &mut [[0; 64]]), None, "{behind:?}");
    }
}

#[test]
fn what_is_cut_off_is_given_up() {
    let (means, others) = (of_one_code(1), of_one_code(0));
    let mut scan = scan(&means, &others, 0).unwrap();
    assert_eq!(scan.read(&[], &mut [[0; 64]]), None);
}

#[test]
fn a_scan_needs_its_tables() {
    let definition = definition();
    assert!(scan(&definition, &definition, 0).is_some());
    let coding = Coding {
        component: 0,
        mean: 1,
        others: 0,
        is_mean: true,
    };
    assert!(Scan::new(Tables::default(), &[coding], 0).is_none());
}
