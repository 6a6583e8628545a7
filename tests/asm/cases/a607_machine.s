    .machine "nux"
