char part2[24 << 20] = { 1 };
