// SPDX-License-Identifier: GPL-2.0-or-later
#include "registry/region.h"

const struct region_kecamatan region_kecamatan[] = {
    {"53.15.01", "Macang Pacar"  },
    {"53.15.02", "Kuwus"         },
    {"53.15.03", "Lembor"        },
    {"53.15.04", "Sano Nggoang"  },
    {"53.15.05", "Komodo"        },
    {"53.15.06", "Boleng"        },
    {"53.15.07", "Welak"         },
    {"53.15.08", "Ndoso"         },
    {"53.15.09", "Lembor Selatan"},
    {"53.15.10", "Mbeliling"     },
};

const size_t region_kecamatan_count =
    sizeof region_kecamatan / sizeof region_kecamatan[0];
