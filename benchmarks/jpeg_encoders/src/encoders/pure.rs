//! Encoders in Rust.

use anyhow::Result;
use jpeg_encoder::{ChromaSubsamplingMethod, ColorType, QuantizationTableType, SamplingFactor};
use mozjpeg_rs::{QuantTableIdx, Subsampling};

use super::Chroma;
use crate::picture::Picture;

/// mozjpeg-rs with all that it has, and the tables of the refined stage.
pub(super) fn mozjpeg_rs(picture: &Picture, chroma: Chroma, quality: u8) -> Result<Vec<u8>> {
    let subsampling = match chroma {
        Chroma::Full => Subsampling::S444,
        Chroma::Quarter => Subsampling::S420,
    };
    let encoder = mozjpeg_rs::Encoder::max_compression()
        .quality(quality)
        .quant_tables(QuantTableIdx::MssimTuned)
        .subsampling(subsampling);
    Ok(encoder.encode_rgb(&picture.rgb, picture.width, picture.height)?)
}

/// jpeg-encoder, progressive, with the tables of the refined stage and averages of colours.
pub(super) fn jpeg_encoder(picture: &Picture, chroma: Chroma, quality: u8) -> Result<Vec<u8>> {
    let sampling = match chroma {
        Chroma::Full => SamplingFactor::R_4_4_4,
        Chroma::Quarter => SamplingFactor::R_4_2_0,
    };
    let mut file = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut file, quality);
    encoder.set_sampling_factor(sampling);
    encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
    encoder.set_quantization_tables(
        QuantizationTableType::CustomMsSsim,
        QuantizationTableType::CustomMsSsim,
    );
    encoder.set_optimized_huffman_tables(true);
    encoder.set_progressive(true);
    let (width, height) = (picture.width.try_into()?, picture.height.try_into()?);
    encoder.encode(&picture.rgb, width, height, ColorType::Rgb)?;
    Ok(file)
}
