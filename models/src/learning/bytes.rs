//! All that was learned as bytes: magic and version, the network, the state of everything and (from version 2) those of classes,
//! fields in order (little endian), SHA-256 of all that. Up to version 2 the judgements of the last ten objects were kept; they
//! are taken in as evidence, one after the other.
//!
//! A reader believes nothing: lengths are compared with what is left before anything is allocated, counts with their bounds,
//! and every number must be finite.

use std::collections::BTreeMap;

use half::f16;
use limn_inference::adapt::{Head, HeadShape};
use sha2::{Digest as _, Sha256};

use super::evidence::{self, BETS};
use super::generations::{Generation, GenerationInfo, Generations, KEPT};
use super::limits::{HIDDEN, MOST_CLASSES, REPLAY_SAMPLES};
use super::sample::{SAMPLE_CELLS, Sample};
use super::state::{HISTORY, ObjectRecord, State};
use super::trust::{SCALES, Stage, Standing, Trust};
use crate::error::ModelError;

const MAGIC: &[u8; 8] = b"limnlrn\0";
const VERSION: u32 = 3;
/// Objects that a judgement looked back on up to version 2.
const WINDOW: usize = 10;
const SUM: usize = 32;

/// All that a project learned.
#[derive(Clone, Debug, PartialEq)]
pub struct Learned {
    /// For everything.
    pub shared: State,
    /// Of the classes that learned for themselves.
    pub classes: BTreeMap<i64, State>,
}

impl Learned {
    /// What was learned as bytes.
    pub fn to_bytes<'a>(shared: &State, classes: impl ExactSizeIterator<Item = (i64, &'a State)>) -> Vec<u8> {
        let mut out = Writer(MAGIC.to_vec());
        out.u32(VERSION);
        out.text(&shared.model);
        out.text(&shared.weights);
        out.u32(shared.head.shape.channels as u32);
        out.u32(shared.head.shape.hidden as u32);
        out.state(shared);
        out.u32(classes.len() as u32);
        for (class, state) in classes {
            out.u64(class.cast_unsigned());
            out.state(state);
        }
        let sum = Sha256::digest(&out.0);
        out.0.extend_from_slice(&sum);
        out.0
    }

    /// Reads what [`Learned::to_bytes`] wrote, now or in an earlier version, for the model and weights that `expected` belongs to.
    ///
    /// # Errors
    /// [`ModelError::ForeignLearning`] for another network's state, [`ModelError::DamagedLearning`] for anything else.
    pub fn from_bytes(bytes: &[u8], expected: &State) -> Result<Self, ModelError> {
        let (body, sum) = bytes.split_at_checked(bytes.len().saturating_sub(SUM)).unwrap_or((bytes, &[]));
        let mut from = Reader { bytes: body, version: VERSION };
        if from.take(MAGIC.len())? != MAGIC {
            return damaged("it does not begin as such a file does");
        }
        let version = from.u32()?;
        from.version = version;
        if !(1..=VERSION).contains(&version) {
            return damaged(&format!("its version is {version}, this program reads versions 1 to {VERSION}"));
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
        let shared = from.state(&model, &weights, shape)?;
        let mut classes = BTreeMap::new();
        for _ in 0..if version == 1 { 0 } else { from.count(MOST_CLASSES)? } {
            classes.insert(from.u64()?.cast_signed(), from.state(&model, &weights, shape)?);
        }
        if !from.bytes.is_empty() {
            return damaged("something follows its end");
        }
        Ok(Self { shared, classes })
    }
}

fn damaged<T>(reason: &str) -> Result<T, ModelError> {
    Err(ModelError::DamagedLearning { reason: reason.to_owned() })
}

struct Writer(Vec<u8>);

impl Writer {
    /// All but the network.
    fn state(&mut self, state: &State) {
        self.floats(&state.head.theta);
        self.trust(&state.trust);
        self.trust(&state.local_trust);
        for number in [state.objects, state.draws, state.generations.current, state.generations.newest] {
            self.u64(number);
        }
        self.u32(state.generations.kept.len() as u32);
        for Generation { info, theta, trust, local_trust } in &state.generations.kept {
            self.u64(info.number);
            self.u64(info.objects);
            self.floats(&[info.gain]);
            self.floats(theta);
            self.trust(trust);
            self.trust(local_trust);
        }
        self.u32(state.history.len() as u32);
        for record in &state.history {
            self.u32(record.clicks);
            self.floats(&[record.iou, record.frozen]);
        }
        self.u32(state.replay.len() as u32);
        for sample in &state.replay {
            self.u32(sample.labels.len() as u32);
            self.halves(&sample.cells);
            self.halves(&sample.base);
            self.0.extend_from_slice(&sample.labels);
        }
    }

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
        for Standing { objects, evidence, gain } in &trust.standings {
            self.u32(*objects);
            for evidence in evidence {
                self.floats(&evidence.stakes);
            }
            self.floats(gain);
        }
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    version: u32,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], ModelError> {
        let Some((taken, rest)) = self.bytes.split_at_checked(count) else { return damaged("it ends too early") };
        self.bytes = rest;
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

    fn numbers<const N: usize>(&mut self) -> Result<[f32; N], ModelError> {
        let mut numbers = [0.0; N];
        numbers.copy_from_slice(&self.floats(N)?);
        Ok(numbers)
    }

    fn trust(&mut self) -> Result<Trust, ModelError> {
        let mut trust = Trust::default();
        for stage in Stage::ALL {
            if self.version < 3 {
                for _ in 0..self.count(WINDOW)? {
                    let worths = self.numbers::<{ SCALES.len() }>()?;
                    trust.note_worths(stage, worths);
                }
                continue;
            }
            let standing = &mut trust.standings[stage as usize];
            standing.objects = self.u32()?;
            for evidence in &mut standing.evidence {
                evidence.stakes = self.numbers::<{ BETS.len() }>()?;
                if !evidence.stakes.iter().all(|stake| (0.0..=evidence::MOST).contains(stake)) {
                    return damaged("evidence is out of bounds");
                }
            }
            standing.gain = self.numbers()?;
        }
        Ok(trust)
    }

    fn state(&mut self, model: &str, weights: &str, shape: HeadShape) -> Result<State, ModelError> {
        let head = Head { shape, theta: self.floats(shape.len())? };
        let (trust, local_trust) = (self.trust()?, self.trust()?);
        let (objects, draws) = (self.u64()?, self.u64()?);
        let mut generations = Generations { current: self.u64()?, newest: self.u64()?, ..Generations::default() };
        for _ in 0..self.count(KEPT)? {
            let info = GenerationInfo { number: self.u64()?, objects: self.u64()?, gain: self.floats(1)?[0] };
            let theta = self.floats(shape.len())?;
            generations.kept.push_back(Generation { info, theta, trust: self.trust()?, local_trust: self.trust()? });
        }
        let nothing = State::new(model, weights, shape.channels);
        let mut state = State { head, trust, local_trust, objects, draws, generations, ..nothing };
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
