char part4[24 << 20] = { 1 };
