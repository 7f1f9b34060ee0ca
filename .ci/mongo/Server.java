import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import java.util.List;

/** mongo-java-server on a free port of this machine. Its URI is the one line it prints; it ends when its standard input does. */
final class Server {
    public static void main(String[] arguments) throws Exception {
        MemoryBackend backend = new MemoryBackend();
        backend.version(new Modern());
        MongoServer server = new MongoServer(backend);
        System.out.println(server.bindAndGetConnectionString());
        System.in.transferTo(java.io.OutputStream.nullOutputStream());
        server.shutdownNow();
    }

    /** What the driver asks for at least, which this server doesn't say by itself though it does all that our tests need of it. */
    private static final class Modern implements MongoVersion {
        @Override
        public List<Integer> getVersionArray() {
            return List.of(4, 4, 0);
        }

        @Override
        public int getWireVersion() {
            return 9;
        }
    }
}
