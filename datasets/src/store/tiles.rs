//! Large masks: a row of `mask_tile` for every tile, so that a stroke writes the tiles that it touches.
//!
//! The record of such an object holds an empty mask of the same size, and beside it how many rows there are (`tiles`: of the mask,
//! of the new mask that waits for a decision). Small masks stay in their records as run lengths, which other programs can read.

use rusqlite::{Connection, Transaction};
use serde::{Deserialize, Serialize};

use super::rows::{self, LoadError};
use crate::document::Object;
use crate::formats::room::Room;
use crate::raster::Mask;
use crate::raster::tiles::TileMask;
use crate::raster::tiles::delta::MaskDelta;

/// Masks of more row spans than this are stored as tiles.
const LARGE: usize = 1_000;

/// How many masks an object may have: its own, and a new one that waits.
const ROLES: usize = 2;

/// How many rows the masks of an object have, by role.
pub(super) type Rows = [u64; ROLES];

/// The masks of an object by role.
pub(super) fn masks(object: &Object) -> [Option<&Mask>; ROLES] {
    [Some(&object.mask), object.rerun.as_ref().and_then(|rerun| rerun.proposal.as_ref())]
}

/// Their places.
pub(super) fn places(object: &mut Object) -> [Option<&mut Mask>; ROLES] {
    [Some(&mut object.mask), object.rerun.as_mut().and_then(|rerun| rerun.proposal.as_mut())]
}

/// Whether a mask is stored as tiles.
pub(super) fn is_large(mask: &Mask) -> bool {
    mask.spans().len() > LARGE
}

/// Whether an object has a mask that is stored as tiles.
pub(super) fn has_large(object: &Object) -> bool {
    masks(object).into_iter().flatten().any(is_large)
}

#[derive(Serialize)]
struct WithTiles<'a> {
    #[serde(flatten)]
    object: &'a Object,
    tiles: Rows,
}

#[derive(Deserialize)]
struct Tiles {
    #[serde(default)]
    tiles: Rows,
}

/// The record of an object whose large masks have so many rows.
pub(super) fn record(object: &Object, tiles: Rows) -> rusqlite::Result<String> {
    if tiles == Rows::default() {
        return rows::json(object);
    }
    let mut object = object.clone();
    for mask in places(&mut object).into_iter().flatten().filter(|mask| is_large(mask)) {
        *mask = Mask::empty(mask.width(), mask.height());
    }
    rows::json(&WithTiles { object: &object, tiles })
}

/// Writes the large masks of an object, which was `before` when the database last had it: only the rows of tiles that
/// differ. Says how many rows there are now.
pub(super) fn write(transaction: &Transaction<'_>, before: Option<&Object>, object: &Object) -> rusqlite::Result<Rows> {
    let mut rows = Rows::default();
    if !has_large(object) {
        remove(transaction, object.id.0)?;
        return Ok(rows);
    }
    for (role, mask) in masks(object).into_iter().enumerate() {
        let place = Place { transaction, object: object.id.0, role: role as i64 };
        match mask.filter(|mask| is_large(mask)) {
            Some(mask) => rows[role] = place.write(before.and_then(|before| masks(before)[role]), mask)?,
            None => place.clear()?,
        }
    }
    Ok(rows)
}

/// Removes all tiles of an object.
pub(super) fn remove(transaction: &Transaction<'_>, object: i64) -> rusqlite::Result<()> {
    transaction.prepare_cached("DELETE FROM mask_tile WHERE object = ?1")?.execute([object]).map(drop)
}

/// Where the tiles of one mask are.
struct Place<'a, 'c> {
    transaction: &'a Transaction<'c>,
    object: i64,
    role: i64,
}

impl Place<'_, '_> {
    fn write(&self, before: Option<&Mask>, after: &Mask) -> rusqlite::Result<u64> {
        let after = TileMask::from(after);
        let stored = self.count()?;
        let before = before.filter(|mask| stored > 0 && is_large(mask)).map(TileMask::from);
        // Projects of an older version have large masks without tiles.
        let before = before.filter(|before| before.piece_count() == stored);
        match before.and_then(|before| MaskDelta::between(&before, &after).ok()) {
            Some(delta) => {
                for row in delta.rows() {
                    let mut old = self
                        .transaction
                        .prepare_cached("DELETE FROM mask_tile WHERE object = ?1 AND role = ?2 AND row = ?3")?;
                    old.execute((self.object, self.role, row))?;
                    self.insert(after.pieces_of_row(row))?;
                }
            }
            None => {
                self.clear()?;
                self.insert(after.pieces())?;
            }
        }
        Ok(after.piece_count())
    }

    fn count(&self) -> rusqlite::Result<u64> {
        let sql = "SELECT count(*) FROM mask_tile WHERE object = ?1 AND role = ?2";
        let mut statement = self.transaction.prepare_cached(sql)?;
        statement.query_row((self.object, self.role), |row| row.get::<_, i64>(0)).map(i64::unsigned_abs)
    }

    fn insert(&self, pieces: impl IntoIterator<Item = crate::raster::tiles::delta::Piece>) -> rusqlite::Result<()> {
        let mut insert = self.transaction.prepare_cached("INSERT INTO mask_tile VALUES(?1, ?2, ?3, ?4, ?5)")?;
        for piece in pieces {
            insert.execute((self.object, self.role, piece.row, piece.column, piece.bytes))?;
        }
        Ok(())
    }

    fn clear(&self) -> rusqlite::Result<()> {
        let mut statement = self.transaction.prepare_cached("DELETE FROM mask_tile WHERE object = ?1 AND role = ?2")?;
        statement.execute((self.object, self.role)).map(drop)
    }
}

/// Puts the masks that are stored as tiles into an object that was read from this record, and takes the room for all its masks.
///
/// # Errors
/// When tiles are lost or damaged, or there is no room.
pub(super) fn fill(connection: &Connection, object: &mut Object, record: &str, room: &Room) -> Result<(), LoadError> {
    let id = object.id.0;
    let failed = |detail: String| LoadError::Row { table: "object", id, detail };
    let mut tiles = Rows::default();
    if masks(object).into_iter().flatten().any(Mask::is_empty) {
        tiles = serde_json::from_str::<Tiles>(record).map_err(|error| failed(error.to_string()))?.tiles;
    }
    for (role, (mask, rows)) in places(object).into_iter().zip(tiles).enumerate() {
        match mask {
            Some(mask) if rows > 0 && mask.is_empty() => {
                let read = read(connection, id, role as i64, [mask.width(), mask.height()], rows)?;
                *mask = read.and_then(|tiles| room.mask_of_tiles(&tiles)).map_err(failed)?;
            }
            Some(mask) => room.spans(mask.spans().len() as u64).map_err(failed)?,
            None => {}
        }
    }
    Ok(())
}

/// The tiles of one mask; the inner error says in what they are damaged.
fn read(
    connection: &Connection,
    object: i64,
    role: i64,
    [width, height]: [u32; 2],
    wanted: u64,
) -> rusqlite::Result<Result<TileMask, String>> {
    let sql = "SELECT row, col, data FROM mask_tile WHERE object = ?1 AND role = ?2 ORDER BY row, col";
    let mut statement = connection.prepare_cached(sql)?;
    let pieces = statement.query_map((object, role), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let pieces: Vec<(u32, u32, Vec<u8>)> = pieces.collect::<rusqlite::Result<_>>()?;
    if pieces.len() as u64 != wanted {
        return Ok(Err(format!("{} of the {wanted} tiles of its mask are there", pieces.len())));
    }
    let pieces = pieces.iter().map(|(row, column, bytes)| (*row, *column, bytes.as_slice()));
    Ok(TileMask::from_pieces(width, height, pieces).map_err(|error| error.to_string()))
}
