char part5[24 << 20] = { 1 };
