//! The index as a file: a safetensors file of whole numbers, written with its checksum and that of
//! the vectors, and read without trust.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::HnswIndex;
use super::graph::Graph;
use crate::vectors::safetensors::{Tensor, header, tensors};
use crate::vectors::{Embeddings, to_bytes};

/// The arrays of a file, in the order in which they are summed up: rows of each node, the rows
/// themselves, links of each node, the links themselves, the entry of each shard, and the nodes of a
/// shard.
const ARRAYS: [&str; 6] = ["sizes", "members", "degrees", "links", "entries", "shard"];

/// Values of vectors that are made bytes together.
const HASHED: usize = 1 << 16;

impl HnswIndex<'_> {
    /// The file: the graph without the vectors.
    pub fn to_bytes(&self) -> Vec<u8> {
        let starts = self.graphs.iter().flat_map(|graph| graph.starts.windows(2));
        let degrees = starts.map(|pair| pair[1] - pair[0]);
        let links = self.graphs.iter().flat_map(|graph| graph.links.iter().copied());
        let arrays: [Vec<u8>; ARRAYS.len()] = [
            bytes(self.members.iter().map(|rows| rows.len() as u32)),
            bytes(self.members.iter().flatten().copied()),
            bytes(degrees),
            bytes(links),
            bytes(self.graphs.iter().map(|graph| graph.entry)),
            bytes([self.shard as u32].into_iter()),
        ];
        let (checksum, vectors) = (checksum(arrays.iter().map(Vec::as_slice)), digest(self.embeddings));
        let shapes: Vec<[usize; 1]> = arrays.iter().map(|array| [array.len() / 4]).collect();
        let described = ARRAYS.iter().zip(&arrays).zip(&shapes);
        let mut described: Vec<(&str, &str, &[usize], usize)> =
            described.map(|((name, array), shape)| (*name, "U32", shape.as_slice(), array.len())).collect();
        described.extend([("checksum", "U8", &[32][..], 32), ("vectors", "U8", &[32][..], 32)]);
        [header(&described), arrays.concat(), checksum.to_vec(), vectors.to_vec()].concat()
    }
}

impl<'a> HnswIndex<'a> {
    /// The index that a file holds over these vectors (n×d).
    ///
    /// # Errors
    /// What is wrong with the file: it is damaged, of another kind, or over other vectors.
    pub fn from_bytes(bytes: &[u8], embeddings: &'a Embeddings) -> Result<HnswIndex<'a>, String> {
        let described = tensors(bytes, bytes.len()).ok_or("is not an index of neighbors")?;
        let arrays = ARRAYS.map(|name| array(bytes, &described, name, "U32"));
        let [sizes, members, degrees, links, entries, shard] = arrays;
        let arrays = [sizes?, members?, degrees?, links?, entries?, shard?];
        if array(bytes, &described, "checksum", "U8")? != checksum(arrays.into_iter()) {
            return Err("is damaged: its checksum is another".to_owned());
        }
        if array(bytes, &described, "vectors", "U8")? != digest(embeddings) {
            return Err("is the index of other vectors".to_owned());
        }
        let [sizes, members, degrees, links, entries, shard] = arrays.map(numbers);
        let members = grouped(&sizes, &members, embeddings.len()).ok_or("names rows that do not fit")?;
        let &[shard @ (1..)] = shard.as_slice() else { return Err("has shards of no nodes".to_owned()) };
        let shard = shard as usize;
        let lists = cut(&degrees, &links).filter(|lists| lists.len() == members.len());
        let graphs = lists.and_then(|lists| graphs(&lists, &entries, shard));
        Ok(HnswIndex { embeddings, members, shard, graphs: graphs.ok_or("has links that do not fit")? })
    }
}

/// The rows of each node: every one of n rows in one node, and no node without a row.
fn grouped(sizes: &[u32], rows: &[u32], n: usize) -> Option<Vec<Vec<u32>>> {
    let mut is_left = vec![true; n];
    let is_new = |row: &u32| is_left.get_mut(*row as usize).is_some_and(std::mem::take);
    let is_whole = rows.len() == n && rows.iter().all(is_new);
    let cut = cut(sizes, rows)?;
    (is_whole && !sizes.contains(&0)).then(|| cut.into_iter().map(<[u32]>::to_vec).collect())
}

/// The graphs of shards of so many nodes with these links, none of which leaves its shard.
fn graphs(links: &[&[u32]], entries: &[u32], shard: usize) -> Option<Vec<Graph>> {
    let shards = links.chunks(shard);
    if shards.len() != entries.len() {
        return None;
    }
    let graphs = shards.zip(entries).map(|(links, entry)| {
        let is_inside = |node: &u32| (*node as usize) < links.len();
        let mut starts = vec![0];
        for (node, links) in links.iter().enumerate() {
            starts.push(starts[node] + links.len() as u32);
        }
        let graph = Graph { starts, links: links.concat(), entry: *entry };
        (graph.links.iter().all(is_inside) && is_inside(entry)).then_some(graph)
    });
    graphs.collect()
}

/// Values cut into lists of these lengths; none where they do not add up.
fn cut<'v>(lengths: &[u32], values: &'v [u32]) -> Option<Vec<&'v [u32]>> {
    let mut left = values;
    let mut lists = Vec::with_capacity(lengths.len());
    for length in lengths {
        let (list, rest) = left.split_at_checked(*length as usize)?;
        lists.push(list);
        left = rest;
    }
    left.is_empty().then_some(lists)
}

/// The bytes of one array of the file.
fn array<'b>(
    bytes: &'b [u8],
    described: &BTreeMap<String, Tensor>,
    name: &str,
    dtype: &str,
) -> Result<&'b [u8], String> {
    let tensor = described.get(name).filter(|tensor| tensor.dtype == dtype);
    let found = tensor.and_then(|tensor| bytes.get(tensor.bytes.clone()));
    found.ok_or_else(|| format!("holds no \"{name}\""))
}

fn bytes(numbers: impl Iterator<Item = u32>) -> Vec<u8> {
    numbers.flat_map(u32::to_le_bytes).collect()
}

fn numbers(bytes: &[u8]) -> Vec<u32> {
    bytes.as_chunks::<4>().0.iter().map(|number| u32::from_le_bytes(*number)).collect()
}

/// The sha256 of arrays and their lengths.
fn checksum<'b>(arrays: impl Iterator<Item = &'b [u8]>) -> [u8; 32] {
    let mut hash = Sha256::new();
    for array in arrays {
        hash.update((array.len() as u64).to_le_bytes());
        hash.update(array);
    }
    hash.finalize().into()
}

/// The sha256 of vectors and their dimensions.
fn digest(embeddings: &Embeddings) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update((embeddings.dimensions() as u64).to_le_bytes());
    embeddings.values().chunks(HASHED).for_each(|values| hash.update(to_bytes(values)));
    hash.finalize().into()
}
