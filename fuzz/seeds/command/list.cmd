a,b,c
in{{x}}.txt
count=(\d+)|(x)
sh
-c
echo {} > {x}
