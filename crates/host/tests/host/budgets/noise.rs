//! Uncompressed PNG files.

/// Returns a square of incompressible pixels.
pub(crate) fn noise(edge: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    png(edge, 2, 8, edge * 3, || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    })
}

/// Returns a square of black pixels.
pub(crate) fn flat(edge: usize) -> Vec<u8> {
    png(edge, 0, 1, edge.div_ceil(8), || 0)
}

fn png(edge: usize, color: u8, depth: u8, row: usize, mut byte: impl FnMut() -> u8) -> Vec<u8> {
    let mut pixels = Vec::new();
    for _ in 0..edge {
        pixels.push(0);
        pixels.extend((0..row).map(|_| byte()));
    }
    let edge = u32::try_from(edge).unwrap().to_be_bytes();
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(
        &mut file,
        *b"IHDR",
        &[&edge[..], &edge, &[depth, color, 0, 0, 0]].concat(),
    );
    chunk(&mut file, *b"IDAT", &stored(&pixels));
    chunk(&mut file, *b"IEND", &[]);
    file
}

fn chunk(file: &mut Vec<u8>, name: [u8; 4], data: &[u8]) {
    file.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
    let start = file.len();
    file.extend(name);
    file.extend(data);
    let crc = file[start..].iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    });
    file.extend((!crc).to_be_bytes());
}

/// Returns a zlib stream of stored blocks.
fn stored(bytes: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 1];
    let blocks = bytes.chunks(0xffff);
    let last = blocks.len() - 1;
    for (at, block) in blocks.enumerate() {
        let length = u16::try_from(block.len()).unwrap();
        stream.push(u8::from(at == last));
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend(block);
    }
    let (one, two) = bytes.iter().fold((1_u32, 0_u32), |(one, two), byte| {
        let one = (one + u32::from(*byte)) % 65_521;
        (one, (one + two) % 65_521)
    });
    stream.extend(((two << 16) | one).to_be_bytes());
    stream
}
