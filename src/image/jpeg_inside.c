/* What is set up within libjpeg once decompression has started: nothing here calls it. */

#include <stddef.h>
#include <stdio.h>

#define JPEG_INTERNALS
#include "jpeglib.h"

/*
 * Lets chroma be scaled as luma is. libjpeg would scale subsampled chroma less, so that it need not be enlarged
 * afterwards; who takes the planes as they are wants them small. To be called once decompression has started.
 */
void inkfish_scale_chroma(j_decompress_ptr cinfo)
{
  int side = cinfo->min_DCT_scaled_size;
  jpeg_component_info *component = cinfo->comp_info;
  int index;

  for (index = 1; index < cinfo->num_components; index++) {
    component[index].DCT_scaled_size = side;
    component[index].MCU_sample_width = component[index].MCU_width * side;
    cinfo->idct->inverse_DCT[index] = cinfo->idct->inverse_DCT[0];
  }
}

/* What a scan is coded with. In Rust this is `Coded`, with these bounds, and tables of 17 and 256 bytes. */
_Static_assert(D_MAX_BLOCKS_IN_MCU == 10 && NUM_HUFF_TBLS == 4, "the bounds of Coded");
_Static_assert(offsetof(JHUFF_TBL, bits) == 0 && offsetof(JHUFF_TBL, huffval) == 17, "the tables of Coded");
struct inkfish_coded {
  int blocks;
  unsigned int restart_interval;
  /* Of each block of a unit: its component, the numbers of its tables, and how many samples wide it is shown. */
  unsigned char component[D_MAX_BLOCKS_IN_MCU];
  unsigned char dc[D_MAX_BLOCKS_IN_MCU];
  unsigned char ac[D_MAX_BLOCKS_IN_MCU];
  unsigned char side[D_MAX_BLOCKS_IN_MCU];
  const JHUFF_TBL *dc_tables[NUM_HUFF_TBLS];
  const JHUFF_TBL *ac_tables[NUM_HUFF_TBLS];
};

/* Tells what a sequential file of one scan is coded with; returns 0 where it is another. */
int inkfish_coding(j_decompress_ptr cinfo, struct inkfish_coded *coded)
{
  int block, table;

  if (cinfo->progressive_mode || cinfo->arith_code || cinfo->inputctl->has_multiple_scans)
    return 0;
  coded->blocks = cinfo->blocks_in_MCU;
  coded->restart_interval = cinfo->restart_interval;
  for (block = 0; block < cinfo->blocks_in_MCU; block++) {
    int member = cinfo->MCU_membership[block];
    const jpeg_component_info *component = cinfo->cur_comp_info[member];

    if (!component->component_needed)
      return 0;
    coded->component[block] = member;
    coded->dc[block] = component->dc_tbl_no;
    coded->ac[block] = component->ac_tbl_no;
    coded->side[block] = component->DCT_scaled_size;
  }
  for (table = 0; table < NUM_HUFF_TBLS; table++) {
    coded->dc_tables[table] = cinfo->dc_huff_tbl_ptrs[table];
    coded->ac_tables[table] = cinfo->ac_huff_tbl_ptrs[table];
  }
  return 1;
}

/* Has units of blocks read by `decode`. */
void inkfish_read_units(j_decompress_ptr cinfo, boolean (*decode) (j_decompress_ptr, JBLOCKROW *))
{
  cinfo->entropy->decode_mcu = decode;
}
