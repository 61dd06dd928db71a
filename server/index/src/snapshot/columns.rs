//! What every search asks of many chunks, in flat arrays.

use codecompass_core::rank::bm25::Field;

use crate::segment::Segment;

/// Arrays by chunk and file of some segments, one after the other, the dead included.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    /// Of each chunk: its lengths in terms.
    pub(super) chunks: Vec<Lengths>,
    /// Of each file: its length in terms.
    pub(super) files: Vec<f32>,
    /// Of each chunk: whether it is test code.
    pub(super) tests: Vec<bool>,
}

/// Lengths of a chunk: as weighted by field, of the code, of the names.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Lengths {
    pub(crate) weighted: f32,
    pub(crate) body: f32,
    pub(crate) names: f32,
}

impl Columns {
    pub(super) fn add(&mut self, segment: &Segment) {
        let first = self.files.len();
        self.files.resize(first + segment.files.len(), 0.0);
        for (number, row) in (0..).zip(&segment.rows) {
            let [body, doc, path, symbol, signature] =
                Field::ALL.map(|field| segment.keyword.length(field, number) as f32);
            let weighted = body * Field::Body.weight()
                + doc * Field::Doc.weight()
                + path * Field::Path.weight()
                + symbol * Field::Symbol.weight()
                + signature * Field::Signature.weight();
            self.chunks.push(Lengths { weighted, body, names: symbol });
            self.files[first + row.file as usize] += body + doc + symbol * Field::Symbol.file_weight();
            self.tests.push(row.test || segment.files[row.file as usize].test);
        }
    }

    /// Takes over what another snapshot has of a segment, which begins there at these numbers.
    pub(super) fn take_over(&mut self, known: &Self, segment: &Segment, chunk: u32, file: u32) {
        let chunks = chunk as usize..chunk as usize + segment.rows.len();
        let files = file as usize..file as usize + segment.files.len();
        self.chunks.extend_from_slice(&known.chunks[chunks.clone()]);
        self.tests.extend_from_slice(&known.tests[chunks]);
        self.files.extend_from_slice(&known.files[files]);
    }
}

/// Numbers and sums over the living.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Totals {
    pub(super) files: u32,
    pub(super) chunks: u32,
    /// Chunks that have a vector.
    pub(super) embedded: u32,
    weighted: f64,
    body: f64,
    names: f64,
    file: f64,
}

impl Totals {
    /// Counts a file in, or out when it dies.
    pub(super) fn count(&mut self, born: bool, chunks: &[Lengths], file: f32) {
        let sign = if born { 1.0 } else { -1.0 };
        for chunk in chunks {
            self.weighted += sign * f64::from(chunk.weighted);
            self.body += sign * f64::from(chunk.body);
            self.names += sign * f64::from(chunk.names);
        }
        self.file += sign * f64::from(file);
        let count = chunks.len() as u32;
        (self.files, self.chunks) =
            if born { (self.files + 1, self.chunks + count) } else { (self.files - 1, self.chunks - count) };
    }

    /// The average lengths of a chunk, and that of a file; one where there is nothing.
    pub(super) fn averages(&self) -> (Lengths, f32) {
        let average = |sum: f64, count: u32| {
            let average = (sum / f64::from(count.max(1))) as f32;
            if average > 0.0 { average } else { 1.0 }
        };
        let chunk = Lengths {
            weighted: average(self.weighted, self.chunks),
            body: average(self.body, self.chunks),
            names: average(self.names, self.chunks),
        };
        (chunk, average(self.file, self.files))
    }
}

/// Which chunks have each row of the vector matrix: `chunks[starts[row]..starts[row + 1]]`.
#[derive(Debug, Default)]
pub(crate) struct Links {
    starts: Vec<u32>,
    chunks: Vec<u32>,
}

impl Links {
    /// `pairs` gives each chunk and its row, chunks ascending; it is asked twice.
    pub(crate) fn new<I: Iterator<Item = (u32, u32)>>(rows: u32, pairs: impl Fn() -> I) -> Self {
        let mut starts = vec![0u32; rows as usize + 2];
        for (_, row) in pairs() {
            starts[row as usize + 2] += 1;
        }
        for index in 2..starts.len() {
            starts[index] += starts[index - 1];
        }
        let mut chunks = vec![0; *starts.last().expect("never empty") as usize];
        for (chunk, row) in pairs() {
            let next = &mut starts[row as usize + 1];
            chunks[*next as usize] = chunk;
            *next += 1;
        }
        starts.pop();
        Self { starts, chunks }
    }

    pub(super) fn len(&self) -> u32 {
        self.chunks.len() as u32
    }

    pub(crate) fn of(&self, row: u32) -> &[u32] {
        let range = self.starts[row as usize] as usize..self.starts[row as usize + 1] as usize;
        &self.chunks[range]
    }
}
