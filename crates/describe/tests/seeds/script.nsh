#!/usr/bin/env nimexec
#PBS -l walltime=1:00:00
#NIM shebang /bin/bash -e
#NIM parameter r label "Repeats" integer range from 1 to 5 step 1
#NIM parameter l float select anyof 0.005 0.01
#NIM parameter s text select anyof "Cod" "Hake"
cd $PBS_O_WORKDIR
echo $NIMROD_VAR_r $NIMROD_VAR_l ${NIMROD_VAR_s}
