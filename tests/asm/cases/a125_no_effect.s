    .linkonce
