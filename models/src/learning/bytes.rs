//! [`State`] as bytes: magic and version, fields in order (little endian), SHA-256 of all that.
//!
//! A reader believes nothing: lengths are compared with what is left before anything is allocated, counts with their bounds,
//! and every number must be finite.

use half::f16;
use limn_inference::adapt::{Head, HeadShape};
use sha2::{Digest as _, Sha256};

use super::generations::{Generation, GenerationInfo, Generations, KEPT};
use super::global::{HIDDEN, REPLAY_SAMPLES};
use super::sample::{SAMPLE_CELLS, Sample};
use super::state::{HISTORY, ObjectRecord, State};
use super::trust::{SCALES, Trust, WINDOW};
use crate::error::ModelError;

const MAGIC: &[u8; 8] = b"limnlrn\0";
const VERSION: u32 = 1;
const SUM: usize = 32;

impl State {
    /// The state as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer(MAGIC.to_vec());
        out.u32(VERSION);
        out.text(&self.model);
        out.text(&self.weights);
        out.u32(self.head.shape.channels as u32);
        out.u32(self.head.shape.hidden as u32);
        out.floats(&self.head.theta);
        out.trust(&self.trust);
        out.trust(&self.local_trust);
        for number in [self.objects, self.draws, self.generations.current, self.generations.newest] {
            out.u64(number);
        }
        out.u32(self.generations.kept.len() as u32);
        for Generation { info, theta, trust, local_trust } in &self.generations.kept {
            out.u64(info.number);
            out.u64(info.objects);
            out.floats(&[info.gain]);
            out.floats(theta);
            out.trust(trust);
            out.trust(local_trust);
        }
        out.u32(self.history.len() as u32);
        for record in &self.history {
            out.u32(record.clicks);
            out.floats(&[record.iou, record.frozen]);
        }
        out.u32(self.replay.len() as u32);
        for sample in &self.replay {
            out.u32(sample.labels.len() as u32);
            out.halves(&sample.cells);
            out.halves(&sample.base);
            out.0.extend_from_slice(&sample.labels);
        }
        let sum = Sha256::digest(&out.0);
        out.0.extend_from_slice(&sum);
        out.0
    }

    /// Reads what [`State::to_bytes`] wrote, for the model and weights that `expected` belongs to.
    ///
    /// # Errors
    /// [`ModelError::ForeignLearning`] for another network's state, [`ModelError::DamagedLearning`] for anything else.
    pub fn from_bytes(bytes: &[u8], expected: &Self) -> Result<Self, ModelError> {
        let (body, sum) = bytes.split_at_checked(bytes.len().saturating_sub(SUM)).unwrap_or((bytes, &[]));
        let mut from = Reader(body);
        if from.take(MAGIC.len())? != MAGIC {
            return damaged("it does not begin as such a file does");
        }
        let version = from.u32()?;
        if version != VERSION {
            return damaged(&format!("its version is {version}, this program reads version {VERSION}"));
        }
        if Sha256::digest(body).as_slice() != sum {
            return damaged("its check sum is wrong");
        }
        let (model, weights) = (from.text()?, from.text()?);
        let shape = HeadShape { channels: from.u32()? as usize, hidden: from.u32()? as usize };
        let here = HeadShape { channels: expected.head.shape.channels, hidden: HIDDEN };
        if weights != expected.weights || shape != here {
            return Err(ModelError::ForeignLearning { of: model, here: expected.model.clone() });
        }
        let state = from.state(model, weights, shape)?;
        if !from.0.is_empty() {
            return damaged("something follows its end");
        }
        Ok(state)
    }
}

fn damaged<T>(reason: &str) -> Result<T, ModelError> {
    Err(ModelError::DamagedLearning { reason: reason.to_owned() })
}

struct Writer(Vec<u8>);

impl Writer {
    fn u32(&mut self, value: u32) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    fn u64(&mut self, value: u64) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.u32(text.len() as u32);
        self.0.extend_from_slice(text.as_bytes());
    }

    fn floats(&mut self, values: &[f32]) {
        self.0.extend(values.iter().flat_map(|v| v.to_le_bytes()));
    }

    fn halves(&mut self, values: &[f16]) {
        self.0.extend(values.iter().flat_map(|v| v.to_le_bytes()));
    }

    fn trust(&mut self, trust: &Trust) {
        for judged in &trust.judged {
            self.u32(judged.len() as u32);
            for worths in judged {
                self.floats(worths);
            }
        }
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], ModelError> {
        let Some((taken, rest)) = self.0.split_at_checked(count) else { return damaged("it ends too early") };
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ModelError> {
        let taken = self.take(N)?;
        taken.try_into().or_else(|_| damaged("it ends too early"))
    }

    fn u32(&mut self) -> Result<u32, ModelError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn u64(&mut self) -> Result<u64, ModelError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// A count of at most `most`.
    fn count(&mut self, most: usize) -> Result<usize, ModelError> {
        let count = self.u32()? as usize;
        if count > most { damaged(&format!("it counts {count} where {most} is the most")) } else { Ok(count) }
    }

    fn text(&mut self) -> Result<String, ModelError> {
        const LONGEST: usize = 1024;
        let count = self.count(LONGEST)?;
        String::from_utf8(self.take(count)?.to_vec()).or_else(|_| damaged("a name is not UTF-8"))
    }

    fn floats(&mut self, count: usize) -> Result<Vec<f32>, ModelError> {
        let bytes = self.take(count * 4)?;
        let values: Vec<f32> = bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        if values.iter().all(|v| v.is_finite()) { Ok(values) } else { damaged("a number is not finite") }
    }

    fn halves(&mut self, count: usize) -> Result<Vec<f16>, ModelError> {
        let bytes = self.take(count * 2)?;
        let values: Vec<f16> = bytes.chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]])).collect();
        if values.iter().all(|v| v.is_finite()) { Ok(values) } else { damaged("a number is not finite") }
    }

    fn trust(&mut self) -> Result<Trust, ModelError> {
        let mut trust = Trust::default();
        for judged in &mut trust.judged {
            for _ in 0..self.count(WINDOW)? {
                let mut worths = [0.0; SCALES.len()];
                worths.copy_from_slice(&self.floats(SCALES.len())?);
                judged.push_back(worths);
            }
        }
        Ok(trust)
    }

    fn state(&mut self, model: String, weights: String, shape: HeadShape) -> Result<State, ModelError> {
        let head = Head { shape, theta: self.floats(shape.len())? };
        let (trust, local_trust) = (self.trust()?, self.trust()?);
        let (objects, draws) = (self.u64()?, self.u64()?);
        let mut generations = Generations { current: self.u64()?, newest: self.u64()?, ..Generations::default() };
        for _ in 0..self.count(KEPT)? {
            let info = GenerationInfo { number: self.u64()?, objects: self.u64()?, gain: self.floats(1)?[0] };
            let theta = self.floats(shape.len())?;
            generations.kept.push_back(Generation { info, theta, trust: self.trust()?, local_trust: self.trust()? });
        }
        let mut state =
            State { model, weights, head, trust, local_trust, objects, draws, generations, ..State::new("", "", 0) };
        for _ in 0..self.count(HISTORY)? {
            let (clicks, ious) = (self.u32()?, self.floats(2)?);
            state.history.push_back(ObjectRecord { clicks, iou: ious[0], frozen: ious[1] });
        }
        for _ in 0..self.count(REPLAY_SAMPLES)? {
            let count = self.count(SAMPLE_CELLS)?;
            let (cells, base) = (self.halves(count * shape.channels)?, self.halves(count)?);
            state.replay.push_back(Sample { cells, base, labels: self.take(count)?.to_vec() });
        }
        Ok(state)
    }
}
