//! The real program and the real client against real models, straight and through the proxies of `deploy/gpu-server/`.
//!
//! `tests/models/run cargo test -p codecompass --test real` serves the models; without them nothing here is tested, and each
//! test says so. nginx and Caddy have to be installed.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "tests")]

mod conversation;
mod editor;
mod faults;
mod gateway;
mod imitation;
mod laptop;
mod models;
mod repository;
mod set;
mod straight;
mod through_caddy;
mod through_nginx;
