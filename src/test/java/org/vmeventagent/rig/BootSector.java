package org.vmeventagent.rig;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Guests of a few instructions: the BIOS loads the first sector of the disk and runs it. Each does one thing and halts.
 * For machine type {@code pc}.
 */
public enum BootSector {
    /** hlt. */
    IDLE(""),
    /** mov dx, 604h (the ACPI control port); mov ax, 2000h (sleep, state 5); out dx, ax. */
    POWER_OFF("ba0406 b80020 ef"),
    /** mov al, feh (pulse the reset line); out 64h (the keyboard controller), al. Again after every boot. */
    RESET("b0fe e664"),
    /** mov dx, 505h (pvpanic); mov al, 1; out dx, al. */
    PANIC("ba0505 b001 ee"),
    /** mov dx, 443h (ib700); mov al, eh (the shortest time but one); out dx, al. */
    WATCHDOG("ba4304 b00e ee"),
    /** xor bx, bx; mov es, bx; mov bx, 7c00h; mov ax, 301h (write 1 sector); mov cx, 3fh; mov dx, 81h; int 13h. */
    WRITE_TO_SECOND_DISK("31db 8ec3 bb007c b80103 b93f00 ba8100 cd13"),
    /**
     * Writes to 512 KiB of its memory for ever: mov bx, 1000h; mov es, bx; xor di, di; mov cx, 8000h; rep stosw; inc ax; add
     * bx, 1000h; cmp bx, 9000h; jb to the mov es; jmp to the beginning.
     */
    DIRTY_MEMORY("bb0010 8ec3 31ff b90080 f3ab 40 81c30010 81fb0090 72ec ebe7");

    private static final int SECTOR = 512;
    private static final int DISK = 1 << 20;

    /** hlt; jmp to the hlt. */
    private static final String HALT = "f4 ebfd";

    private final String code;

    BootSector(String code) {
        this.code = (code + HALT).replace(" ", "");
    }

    /** Writes a raw disk of 1 MiB. */
    public void writeTo(Path disk) {
        byte[] image = Arrays.copyOf(HexFormat.of().parseHex(code), DISK);
        image[SECTOR - 2] = 0x55;
        image[SECTOR - 1] = (byte) 0xaa;
        try {
            Files.write(disk, image);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
