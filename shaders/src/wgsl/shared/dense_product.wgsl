        // The pixels v_0, v_1, ... of four input channels times the weights of K taps, two output channels at a time: their
        // sums fit in registers. With SUBGROUP each of LANES neighbouring invocations loads the weights of one output
        // channel and broadcasts them.
#ifdef SUBGROUP
#for k in 0..K
#for j in 0..LOADS
        let w_{k}_{j} = weights_at(weight + {k*G*4+j*LANES}u);
#end
#end
#endif
#for j in 0..LOADS
#for n in 0..HOLDS
#for h in 0..2
#for k in 0..K
#ifdef SUBGROUP
        let wa_{k}_{j}_{n}_{h} = subgroupBroadcast(w_{k}_{j}, {n*4+h*2}u);
        let wb_{k}_{j}_{n}_{h} = subgroupBroadcast(w_{k}_{j}, {n*4+h*2+1}u);
#else
        let wa_{k}_{j}_{n}_{h} = weights_at(weight + {k*G*4+j*LANES+n*4+h*2}u);
        let wb_{k}_{j}_{n}_{h} = weights_at(weight + {k*G*4+j*LANES+n*4+h*2+1}u);
#endif
#for i in 0..4
#for p in 0..P
        sum_{p}_{j*HOLDS+n}[{h*2}] = fma(v_{p*S+k*D}[{i}], wa_{k}_{j}_{n}_{h}[{i}], sum_{p}_{j*HOLDS+n}[{h*2}]);
#end
#for p in 0..P
        sum_{p}_{j*HOLDS+n}[{h*2+1}] = fma(v_{p*S+k*D}[{i}], wb_{k}_{j}_{n}_{h}[{i}], sum_{p}_{j*HOLDS+n}[{h*2+1}]);
#end
#end
#end
#end
#end
#end
        weight += {K*G*4}u;
