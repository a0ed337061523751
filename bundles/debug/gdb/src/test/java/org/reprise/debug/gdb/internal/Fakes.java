package org.reprise.debug.gdb.internal;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.stream.IntStream;
import org.reprise.api.cpu.Cpu.Register;

/** Interfaces answered by a method that is told which one was called. */
final class Fakes {
    /** x0 to x31 and pc. */
    static final List<Register> REGISTERS = IntStream.rangeClosed(0, 32)
        .mapToObj(i -> new Register(i == 32 ? "pc" : "x" + i, 64, "org.gnu.gdb.riscv.cpu", i == 32 ? "code_ptr" : "int")).toList();

    private Fakes() {
    }

    interface Answers {
        Object answer(String method, Object[] arguments) throws Exception;
    }

    static <T> T fake(Class<T> type, Answers answers) {
        InvocationHandler handler = (proxy, method, arguments) -> {
            if (method.isDefault()) {
                return InvocationHandler.invokeDefault(proxy, method, arguments);
            }
            return answers.answer(method.getName(), arguments);
        };
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }
}
