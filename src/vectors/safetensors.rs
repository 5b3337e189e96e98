//! Files of named tensors in the safetensors format: the length of a JSON header, the header, the bytes.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::{Value, json};

/// No header of ours is near this size, in bytes.
const LARGEST_HEADER: u64 = 1 << 20;

/// One tensor of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// Type of a value, such as `F32`.
    pub dtype: String,
    /// Sizes.
    pub shape: Vec<usize>,
    /// Its bytes, counted from the beginning of the file.
    pub bytes: Range<usize>,
}

/// Where the header of a file ends that begins with these eight bytes; none where there is no header.
pub fn header_end(start: [u8; 8]) -> Option<usize> {
    let length = u64::from_le_bytes(start);
    (length <= LARGEST_HEADER).then(|| 8 + length as usize)
}

/// The tensors of a file of `size` bytes, from its header; none where that is not what it says, or a tensor reaches beyond the
/// file.
pub fn tensors(header: &[u8], size: usize) -> Option<BTreeMap<String, Tensor>> {
    let end = header_end(header.first_chunk()?.to_owned())?;
    let value: Value = serde_json::from_slice(header.get(8..end)?).ok()?;
    let described = value.as_object()?.iter().filter(|(name, _)| *name != "__metadata__");
    described.map(|(name, tensor)| Some((name.clone(), read(tensor, end, size)?))).collect()
}

fn read(value: &Value, end: usize, size: usize) -> Option<Tensor> {
    let numbers = |value: &Value| -> Option<Vec<usize>> {
        value.as_array()?.iter().map(|number| usize::try_from(number.as_u64()?).ok()).collect()
    };
    let (dtype, shape) = (value["dtype"].as_str()?, numbers(&value["shape"])?);
    let width = match dtype {
        "F64" => 8,
        "F32" | "U32" => 4,
        "F16" => 2,
        "U8" | "I8" => 1,
        _ => return None,
    };
    let &[from, to] = numbers(&value["data_offsets"])?.as_slice() else { return None };
    let bytes = end.checked_add(from)?..end.checked_add(to)?;
    let count = shape.iter().try_fold(width, |product: usize, size| product.checked_mul(*size))?;
    (bytes.end <= size && bytes.start <= bytes.end && bytes.len() == count).then(|| Tensor {
        dtype: dtype.to_owned(),
        shape,
        bytes,
    })
}

/// The header of a file that holds these tensors (name, type, sizes, bytes), one after the other.
pub fn header(tensors: &[(&str, &str, &[usize], usize)]) -> Vec<u8> {
    let mut described = serde_json::Map::new();
    let mut from = 0;
    for (name, dtype, shape, bytes) in tensors {
        let to = from + bytes;
        described.insert((*name).to_owned(), json!({ "dtype": dtype, "shape": shape, "data_offsets": [from, to] }));
        from = to;
    }
    let mut text = Value::Object(described).to_string();
    text.extend(std::iter::repeat_n(' ', text.len().next_multiple_of(8) - text.len()));
    [&(text.len() as u64).to_le_bytes(), text.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_described_is_found_again() {
        let bytes = header(&[("keys", "U8", &[2, 32], 64), ("vectors", "F32", &[2, 3], 24)]);
        assert_eq!(header_end(*bytes.first_chunk().unwrap()), Some(bytes.len()));
        let found = tensors(&bytes, bytes.len() + 88).unwrap();
        assert_eq!(found["vectors"].shape, [2, 3]);
        assert_eq!(found["vectors"].bytes, bytes.len() + 64..bytes.len() + 88);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let bytes = header(&[("vectors", "F32", &[2, 3], 24)]);
        assert_eq!(tensors(&bytes, bytes.len() + 23), None);
        assert_eq!(tensors(&header(&[("vectors", "F32", &[2, 3], 20)]), 1_000), None);
        assert_eq!(tensors(&header(&[("vectors", "F99", &[2, 3], 24)]), 1_000), None);
        assert_eq!(tensors(&bytes[..20], 1_000), None);
        assert_eq!(header_end([0xff; 8]), None);
    }
}
