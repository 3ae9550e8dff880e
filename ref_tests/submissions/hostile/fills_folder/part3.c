char part3[24 << 20] = { 1 };
