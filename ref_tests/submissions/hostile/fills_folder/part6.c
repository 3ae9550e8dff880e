char part6[24 << 20] = { 1 };
