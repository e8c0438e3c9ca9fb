/* Chroma planes of a JPEG as small as luma is scaled. */

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
