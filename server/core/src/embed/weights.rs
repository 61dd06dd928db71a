//! The weights of the built-in embedder: a view of the safetensors file inside the binary, nothing is copied.

use std::ops::Range;

/// Components of a full vector.
pub(super) const DIMENSION: usize = 256;

static FILE: &[u8] = include_bytes!("../../assets/embedding/model.safetensors");

/// One row of signed bytes a token, and two scales a token.
pub(super) struct Weights {
    rows: &'static [[u8; DIMENSION]],
    query_scale: &'static [[u8; 4]],
    document_scale: &'static [[u8; 4]],
}

impl Weights {
    pub(super) fn builtin() -> Self {
        let (length, rest) = FILE.split_first_chunk::<8>().expect("the weights in the binary have a header length");
        let (header, data) = rest.split_at(u64::from_le_bytes(*length) as usize);
        let header: serde_json::Value = serde_json::from_slice(header).expect("the header of the weights is JSON");
        let tensor = |name: &str| {
            let bound = |at: usize| header[name]["data_offsets"][at].as_u64().map(|offset| offset as usize);
            let range: Option<Range<usize>> = bound(0).zip(bound(1)).map(|(start, end)| start..end);
            &data[range.expect("the header of the weights names every tensor")]
        };
        Self {
            rows: tensor("embedding").as_chunks().0,
            query_scale: tensor("query_scale").as_chunks().0,
            document_scale: tensor("doc_scale").as_chunks().0,
        }
    }

    /// The number of tokens.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The components of a token, each a signed byte.
    pub(super) fn row(&self, token: u32) -> &'static [u8; DIMENSION] {
        &self.rows[token as usize]
    }

    pub(super) fn query_scale(&self, token: u32) -> f32 {
        f32::from_le_bytes(self.query_scale[token as usize])
    }

    pub(super) fn document_scale(&self, token: u32) -> f32 {
        f32::from_le_bytes(self.document_scale[token as usize])
    }
}

#[cfg(test)]
pub(super) fn file() -> &'static [u8] {
    FILE
}
