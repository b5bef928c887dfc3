\set user random(0, :users - 1)
\set number :first + :user * :stride + mod(:user * 7919 + :seed, :stride)
SELECT * FROM profiles WHERE id = ('01980000-0000-7000-8000-' || :number::text)::uuid;
