//! TEMPORARY
use std::path::Path;
use crate::error::{IndexError, Result};
#[derive(Debug)]
pub struct Vectors { rows: Vec<f32>, win: Vec<f32>, idx: Vec<(u32,u32)>, dim: usize }
pub struct Query { v: Vec<f32>, h: Vec<f32> }
impl Query { pub fn new(v: &[f32]) -> Self { let mut h = v[..128].to_vec(); let n = h.iter().map(|x| x*x).sum::<f32>().sqrt().max(1e-9); h.iter_mut().for_each(|x| *x /= n); Self { v: v.to_vec(), h } } }
fn rd(p: &Path) -> Vec<f32> { std::fs::read(p).unwrap_or_default().chunks_exact(4).map(|c| f32::from_le_bytes(c.try_into().unwrap())).collect() }
fn dot(a: &[f32], b: &[f32]) -> f32 { a.chunks_exact(16).zip(b.chunks_exact(16)).map(|(a,b)| { let mut s=0.0; for i in 0..16 { s += a[i]*b[i]; } s }).sum() }
impl Vectors {
  pub fn open(d: &Path, _e: &str, _r: u32, _w: u32) -> Result<Self> { let i = rd(&d.join("i")); Ok(Self { rows: rd(&d.join("r")), win: rd(&d.join("w")), idx: i.chunks_exact(2).map(|c| (c[0].to_bits(), c[1].to_bits())).collect(), dim: 256 }) }
  pub fn scan(&self, q: &Query, k: usize, skip: impl Fn(u32)->bool) -> Vec<(u32,f32)> { let mut v: Vec<(u32,f32)> = (0..self.idx.len() as u32).filter(|&r| !skip(r)).map(|r| (r, self.score(q,r))).collect(); v.sort_by(|a,b| b.1.total_cmp(&a.1)); v.truncate(k); v }
  pub fn score(&self, q: &Query, r: u32) -> f32 { let r = r as usize; dot(&q.v, &self.rows[r*self.dim..(r+1)*self.dim]) }
  pub fn best_window(&self, q: &Query, r: u32) -> Option<f32> { let (s,n) = self.idx[r as usize]; (s..s+n).map(|w| dot(&q.h, &self.win[w as usize*128..(w as usize+1)*128])).reduce(f32::max) }
  pub fn dequantise(&self, r: u32) -> Vec<f32> { let r = r as usize; self.rows[r*self.dim..(r+1)*self.dim].to_vec() }
}
pub struct VectorsWriter { d: std::path::PathBuf, r: Vec<u8>, w: Vec<u8>, i: Vec<u8>, nr: u32, nw: u32 }
impl VectorsWriter {
  pub fn open(d: &Path, _e: &str, _dim: usize, nr: u32, nw: u32) -> Result<Self> { let g = |n: &str| std::fs::read(d.join(n)).unwrap_or_default(); Ok(Self { d: d.to_owned(), r: g("r"), w: g("w"), i: g("i"), nr, nw }) }
  pub fn append(&mut self, v: &[f32], _n: f32, w: &[[f32;128]]) -> Result<u32> { for x in v { self.r.extend(x.to_le_bytes()); } for x in w.iter().flatten() { self.w.extend(x.to_le_bytes()); } self.i.extend(self.nw.to_le_bytes()); self.i.extend((w.len() as u32).to_le_bytes()); self.nw += w.len() as u32; self.nr += 1; Ok(self.nr-1) }
  pub fn sync(&mut self) -> Result<()> { for (n,b) in [("r",&self.r),("w",&self.w),("i",&self.i)] { std::fs::write(self.d.join(n), b).map_err(IndexError::io("w",&self.d))?; } Ok(()) }
  pub fn rows(&self) -> u32 { self.nr }
  pub fn windows(&self) -> u32 { self.nw }
}
