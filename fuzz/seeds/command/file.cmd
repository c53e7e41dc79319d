@values.txt
2
1:3
{x}
