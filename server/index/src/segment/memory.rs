//! Segments that stay in memory: what changed a moment ago.

use std::sync::OnceLock;

use super::{FileEntry, NO_VECTOR, Record, Records, Row, Segment};
use crate::{keyword::MemoryBuilder, overlay::OverlayFile};

impl Segment {
    /// Builds one of some files, in their order.
    pub(crate) fn in_memory<'a>(id: u64, added: impl IntoIterator<Item = &'a OverlayFile>) -> Self {
        let mut keyword = MemoryBuilder::new();
        let (mut rows, mut files) = (Vec::new(), Vec::new());
        let (mut records, mut vectors) = (Vec::new(), Vec::new());
        for file in added {
            let document = &file.document;
            let number = files.len() as u32;
            files.push(FileEntry::new(document, file.bytes, rows.len() as u32));
            for (chunk, vector) in document.chunks.iter().zip(file.vectors()) {
                keyword.add(&document.path, &chunk.fields);
                rows.push(Row::new(number, chunk, NO_VECTOR, 0));
                records.push(Record::new(chunk));
                vectors.push(vector.clone());
            }
        }
        Self {
            id,
            keyword: keyword.finish().into(),
            rows,
            files,
            vectors,
            records: Records::InMemory(records),
            contents: OnceLock::new(),
        }
    }
}
