//! Named arrays of numbers in one safetensors file, written and read without trust.

use std::collections::BTreeMap;

use crate::vectors::safetensors::{header, tensors};
use crate::vectors::{Embeddings, from_bytes, to_bytes};

/// The largest number in any decision: products of larger ones are not finite any more.
const LARGEST: f32 = 1e9;

/// One array.
#[derive(Debug, Clone, PartialEq)]
struct Array {
    dtype: String,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

/// Arrays by name.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Tensors(BTreeMap<String, Array>);

impl Tensors {
    fn put(&mut self, name: &str, dtype: &str, shape: &[usize], bytes: Vec<u8>) {
        self.0.insert(name.to_owned(), Array { dtype: dtype.to_owned(), shape: shape.to_vec(), bytes });
    }

    /// Adds rows (n×d).
    pub fn put_rows(&mut self, name: &str, rows: &Embeddings) {
        self.put(name, "F32", &[rows.len(), rows.dimensions()], to_bytes(rows.values()));
    }

    /// Adds single numbers (n).
    pub fn put_singles(&mut self, name: &str, values: &[f32]) {
        self.put(name, "F32", &[values.len()], to_bytes(values));
    }

    /// Adds double numbers (n).
    pub fn put_doubles(&mut self, name: &str, values: &[f64]) {
        self.put(name, "F64", &[values.len()], values.iter().flat_map(|value| value.to_le_bytes()).collect());
    }

    /// Adds numbers of rows (n).
    pub fn put_numbers(&mut self, name: &str, values: &[u32]) {
        self.put(name, "U32", &[values.len()], values.iter().flat_map(|value| value.to_le_bytes()).collect());
    }

    /// Adds keys (n × their length).
    pub fn put_keys<const LENGTH: usize>(&mut self, name: &str, keys: &[[u8; LENGTH]]) {
        self.put(name, "U8", &[keys.len(), LENGTH], keys.concat());
    }

    /// The file.
    pub fn into_bytes(self) -> Vec<u8> {
        let described: Vec<(&str, &str, &[usize], usize)> = self
            .0
            .iter()
            .map(|(name, array)| (name.as_str(), array.dtype.as_str(), array.shape.as_slice(), array.bytes.len()))
            .collect();
        let mut bytes = header(&described);
        self.0.values().for_each(|array| bytes.extend_from_slice(&array.bytes));
        bytes
    }

    /// The arrays of a file; none where it is no such file.
    pub fn read(bytes: &[u8]) -> Option<Tensors> {
        let found = tensors(bytes, bytes.len())?.into_iter().map(|(name, tensor)| {
            let own = bytes.get(tensor.bytes)?.to_vec();
            Some((name, Array { dtype: tensor.dtype, shape: tensor.shape, bytes: own }))
        });
        found.collect::<Option<_>>().map(Tensors)
    }

    /// Whether there is an array of this name.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The bytes of an array of this type and shape.
    fn bytes(&self, name: &str, dtype: &str, shape: &[usize]) -> Result<&[u8], String> {
        let array = self.0.get(name).ok_or_else(|| format!("holds no \"{name}\""))?;
        if array.dtype == dtype && array.shape == shape {
            return Ok(&array.bytes);
        }
        let (found, own) = (&array.shape, &array.dtype);
        Err(format!("\"{name}\" is {own} {found:?}, {dtype} {shape:?} is wanted"))
    }

    /// Finite rows (n×d), however many of whatever dimension.
    pub fn table(&self, name: &str) -> Result<Embeddings, String> {
        match self.0.get(name).map(|array| array.shape.as_slice()) {
            Some(&[count, dimensions]) => self.rows(name, count, dimensions),
            _ => Err(format!("holds no table \"{name}\"")),
        }
    }

    /// Finite rows (n×d).
    pub fn rows(&self, name: &str, count: usize, dimensions: usize) -> Result<Embeddings, String> {
        let values = finite(name, self.bytes(name, "F32", &[count, dimensions])?)?;
        match dimensions {
            0 => Err(format!("\"{name}\" has no columns")),
            _ => Ok(Embeddings::new(values, dimensions)),
        }
    }

    /// Finite single numbers (n).
    pub fn singles(&self, name: &str, count: usize) -> Result<Vec<f32>, String> {
        finite(name, self.bytes(name, "F32", &[count])?)
    }

    /// Finite double numbers (n).
    pub fn doubles(&self, name: &str, count: usize) -> Result<Vec<f64>, String> {
        let bytes = self.bytes(name, "F64", &[count])?;
        let values: Vec<f64> = bytes.as_chunks::<8>().0.iter().map(|value| f64::from_le_bytes(*value)).collect();
        match values.iter().all(|value| value.is_finite()) {
            true => Ok(values),
            false => Err(format!("\"{name}\" holds a number that is not finite")),
        }
    }

    /// Numbers of rows (n).
    pub fn numbers(&self, name: &str, count: usize) -> Result<Vec<u32>, String> {
        let bytes = self.bytes(name, "U32", &[count])?;
        Ok(bytes.as_chunks::<4>().0.iter().map(|value| u32::from_le_bytes(*value)).collect())
    }

    /// Keys (n × their length).
    pub fn keys<const LENGTH: usize>(&self, name: &str, count: usize) -> Result<Vec<[u8; LENGTH]>, String> {
        Ok(self.bytes(name, "U8", &[count, LENGTH])?.as_chunks::<LENGTH>().0.to_vec())
    }
}

/// Numbers that are finite, and no larger than any decision has.
fn finite(name: &str, bytes: &[u8]) -> Result<Vec<f32>, String> {
    let values = from_bytes(bytes).ok_or_else(|| format!("\"{name}\" ends within a number"))?;
    if values.iter().any(|value| !value.is_finite()) {
        return Err(format!("\"{name}\" holds a number that is not finite"));
    }
    match values.iter().all(|value| value.abs() <= LARGEST) {
        true => Ok(values),
        false => Err(format!("\"{name}\" holds a number beyond {LARGEST:e}")),
    }
}
