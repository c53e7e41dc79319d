1:10:2
data/{x}.csv
(\d+)
./model
{x}
--n={x}
warming: 1.25 K
