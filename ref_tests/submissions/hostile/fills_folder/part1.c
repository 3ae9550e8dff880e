// Fault: is compiled to more than the private folder may hold, in files that may be that large
char part1[24 << 20] = { 1 };
