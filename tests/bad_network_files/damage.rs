//! Files damaged at random: refused or read, never a panic.

use leyden::network::ReadOptions;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::fixtures::{ALICE, NODES, cloth, file, gossmap, gzip, halves, leyden, lnd, read_files};

#[test]
fn damaged_files_never_make_the_reader_panic() {
    let mut rng = ChaCha8Rng::seed_from_u64(2026);
    let originals = [
        halves("1,a,\"b\",50,0,0,1,2,3,4,5\n1,a,b,50,1,0,1,2,3,4,5\n"),
        leyden(NODES, "x,a,b,5,3000,2000,1,1,1,1,1,1\n"),
        cloth("0,0,1,0,1,5000\n", "0,0,1,0,1,40,1,1,1,144\n1,0,0,1,0,4960,1,1,1,144\n"),
        lnd(ALICE, "\"capacity\":5", "\"fee_base_msat\":1"),
        file(gossmap()),
        file(gzip(&gossmap())),
    ];
    let mut refused = 0;
    for round in 0..1_200 {
        let mut files = originals[round % originals.len()].clone();
        let which = rng.random_range(0..files.len());
        damage(&mut files[which].1, &mut rng);
        refused += u32::from(read_files(&files, ReadOptions::default()).is_err());
    }
    assert!(refused > 600, "only {refused} refused: the damage is too small to test anything");
}

/// Flips, cuts, doubles or inserts something somewhere.
fn damage(bytes: &mut Vec<u8>, rng: &mut ChaCha8Rng) {
    const WORDS: [&[u8]; 8] =
        [b"\"", b",", b"\n", b"{", b"null", b"-1", b"99999999999999999999", b"\xff"];
    for _ in 0..rng.random_range(1..4) {
        let place = rng.random_range(0..bytes.len().max(1)).min(bytes.len());
        match rng.next_u32() % 4 {
            0 if place < bytes.len() => bytes[place] ^= 1 << (rng.next_u32() % 8),
            1 => bytes.truncate(place),
            2 => bytes.extend_from_within(place..),
            _ => {
                let word = WORDS[rng.next_u32() as usize % WORDS.len()];
                bytes.splice(place..place, word.iter().copied());
            }
        }
    }
}
