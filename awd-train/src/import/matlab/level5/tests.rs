use super::*;

/// A big-endian file of one variable, x = [1 2; 3 4], within `structures` structures of one field.
fn big_endian_file(structures: usize) -> Vec<u8> {
    let element = |kind: u32, bytes: &[u8]| {
        let mut element = [kind.to_be_bytes(), (bytes.len() as u32).to_be_bytes()].concat();
        element.extend(bytes);
        element.resize(element.len().next_multiple_of(8), 0);
        element
    };
    let words =
        |kind, words: &[u32]| element(kind, &words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<_>>());
    // A small element: the length, the type, and up to four bytes.
    let name = [[0, 1, 0, 1], [b'x', 0, 0, 0]].concat();
    let values: Vec<u8> = [1.0_f64, 3.0, 2.0, 4.0].iter().flat_map(|value| value.to_be_bytes()).collect();
    let mut array = [words(6, &[6, 0]), words(5, &[2, 2]), name.clone(), element(9, &values)].concat();
    for _ in 0..structures {
        let field = [[0, 4, 0, 5], [0, 0, 0, 2]].concat();
        let head = [words(6, &[2, 0]), words(5, &[1, 1]), name.clone(), field, element(1, b"f\0")].concat();
        array = [head, element(MATRIX, &array)].concat();
    }
    let mut file = b"MATLAB 5.0 MAT-file".to_vec();
    file.resize(124, b' ');
    [file, vec![1, 0, b'M', b'I'], element(MATRIX, &array)].concat()
}

fn read(bytes: &[u8]) -> Result<Vec<(String, Array)>, Unread> {
    super::read(&mut &bytes[..], bytes.len() as u64, &["f"])
}

#[test]
fn bytes_of_either_order_are_read() {
    let x = Array::Numbers { rows: 2, values: vec![1.0, 3.0, 2.0, 4.0] };
    // For other variables only the name is read, for structures the requested fields.
    assert_eq!(read(&big_endian_file(0)).unwrap(), [("x".into(), Array::Other)]);
    let bytes = big_endian_file(1);
    let none = super::read(&mut &bytes[..], bytes.len() as u64, &["g"]).unwrap();
    assert_eq!(none, [("x".into(), Array::Structures(Structures { fields: vec![], arrays: vec![] }))]);
    let (_, array) = read(&big_endian_file(1)).unwrap().remove(0);
    let Array::Structures(found) = array else { panic!("{array:?}") };
    assert!(found.len() == 1 && found.field("g").is_none());
    assert_eq!(found.field("f").unwrap().collect::<Vec<_>>(), [&x]);
}

#[test]
fn too_many_structures_are_damaged() {
    assert!(read(&big_endian_file(MAX_DEPTH)).is_ok());
    assert_eq!(read(&big_endian_file(MAX_DEPTH + 1)).unwrap_err(), Unread::Damaged(1));
    // A huge number of structures, and the bytes of one.
    let mut huge = big_endian_file(1);
    let dimensions = huge.windows(8).position(|bytes| bytes == [0, 0, 0, 1, 0, 0, 0, 1]).unwrap();
    huge[dimensions..dimensions + 8].fill(0x7f);
    assert_eq!(read(&huge).unwrap_err(), Unread::Damaged(1));
}
