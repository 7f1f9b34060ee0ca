// HAPI's client against a server: what EHRs' programs do with it, in JSON and in XML. It prints a line for each, and ends
// with 1 if one went wrong.

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.parser.StrictErrorHandler;
import ca.uhn.fhir.rest.api.EncodingEnum;
import ca.uhn.fhir.rest.api.MethodOutcome;
import ca.uhn.fhir.rest.api.PatchTypeEnum;
import ca.uhn.fhir.rest.api.SearchStyleEnum;
import ca.uhn.fhir.rest.api.SearchTotalModeEnum;
import ca.uhn.fhir.rest.api.SummaryEnum;
import ca.uhn.fhir.rest.client.api.IGenericClient;
import ca.uhn.fhir.rest.server.exceptions.PreconditionFailedException;
import ca.uhn.fhir.rest.server.exceptions.ResourceGoneException;
import ca.uhn.fhir.rest.server.exceptions.ResourceNotFoundException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.hl7.fhir.r4.model.Binary;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.CapabilityStatement;
import org.hl7.fhir.r4.model.CodeType;
import org.hl7.fhir.r4.model.IdType;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.Organization;
import org.hl7.fhir.r4.model.Parameters;
import org.hl7.fhir.r4.model.Patient;
import org.hl7.fhir.r4.model.Reference;
import org.hl7.fhir.r4.model.StringType;

public class Check {
    interface Step {
        void run() throws Exception;
    }

    static int failed;

    static void step(String what, Step step) {
        try {
            step.run();
            System.out.println("ok       " + what);
        } catch (Throwable e) {
            failed++;
            System.out.println("FAILED   " + what + ": " + e);
        }
    }

    static void want(Object got, Object want) {
        if (!String.valueOf(got).equals(String.valueOf(want))) {
            throw new AssertionError("got " + got + ", want " + want);
        }
    }

    static void throwsA(Class<?> kind, Step step) throws Exception {
        try {
            step.run();
        } catch (Exception e) {
            if (kind.isInstance(e)) {
                return;
            }
            throw e;
        }
        throw new AssertionError("no " + kind.getSimpleName());
    }

    public static void main(String[] args) {
        FhirContext context = FhirContext.forR4();
        context.setParserErrorHandler(new StrictErrorHandler()); // what HAPI doesn't know in an answer is a failure
        for (EncodingEnum encoding : new EncodingEnum[] {EncodingEnum.JSON, EncodingEnum.XML}) {
            IGenericClient client = context.newRestfulGenericClient(args[0]);
            client.setEncoding(encoding);
            new Check(client, encoding.name().toLowerCase()).all();
        }
        System.exit(failed > 0 ? 1 : 0);
    }

    final IGenericClient client;
    final String run;
    final String system;

    Check(IGenericClient client, String run) {
        this.client = client;
        this.run = run;
        this.system = "urn:oid:1.2.3." + run.length() + "." + System.nanoTime();
    }

    Patient patient(String value, String family) {
        Patient p = new Patient();
        p.addIdentifier().setSystem(system).setValue(value);
        p.addName().setFamily(family).addGiven("Ann");
        return p;
    }

    void all() {
        step(run + ": metadata", this::metadata);
        step(run + ": create, read, update with an id, versions", this::life);
        step(run + ": conditional create and update", this::conditional);
        step(run + ": pages forward and back, totals, summary", this::pages);
        step(run + ": history", this::history);
        step(run + ": JSON Patch and FHIRPath Patch", this::patches);
        step(run + ": Binary", this::binary);
        step(run + ": transaction", this::transaction);
        step(run + ": delete, then gone", this::deletion);
        step(run + ": includes, and a search by POST", this::searches);
    }

    void metadata() {
        CapabilityStatement s = client.capabilities().ofType(CapabilityStatement.class).execute();
        want(s.getFhirVersion().toCode(), "4.0.1");
        CapabilityStatement brief = client.capabilities().ofType(CapabilityStatement.class).summaryMode(SummaryEnum.TRUE).execute();
        want(brief.getRestFirstRep().getResource().size(), s.getRestFirstRep().getResource().size());
        want(brief.getRestFirstRep().getResourceFirstRep().hasSearchParam(), false);
    }

    void life() throws Exception {
        MethodOutcome made = client.create().resource(patient("life", "Ash")).execute();
        want(made.getCreated(), true);
        IdType id = (IdType) made.getId();
        want(id.getVersionIdPart(), "1");
        Patient p = client.read().resource(Patient.class).withId(id.getIdPart()).execute();
        p.getNameFirstRep().setFamily("Birch");
        MethodOutcome changed = client.update().resource(p).execute();
        want(changed.getId().getVersionIdPart(), "2");
        Patient old = client.read().resource(Patient.class).withIdAndVersion(id.getIdPart(), "1").execute();
        want(old.getNameFirstRep().getFamily(), "Ash");
        Patient same = client.read().resource(Patient.class).withId(id.getIdPart()).ifVersionMatches("2").returnNull().execute();
        want(same, null);
        // the id is the client's
        Patient own = patient("own", "Oak");
        own.setId("Patient/own-" + run + System.nanoTime());
        MethodOutcome there = client.update().resource(own).execute();
        want(there.getCreated(), true);
        want(there.getId().getIdPart(), own.getIdElement().getIdPart());
        Patient lost = p.copy();
        lost.setId(id.withVersion("1"));
        throwsA(PreconditionFailedException.class, () -> client.update().resource(lost).withAdditionalHeader("If-Match", "W/\"1\"").execute());
    }

    void conditional() {
        String url = "Patient?identifier=" + system + "|twice";
        MethodOutcome first = client.create().resource(patient("twice", "Ash")).conditionalByUrl(url).execute();
        MethodOutcome second = client.create().resource(patient("twice", "Ash")).conditionalByUrl(url).execute();
        want(first.getCreated(), true);
        want(second.getId().getIdPart(), first.getId().getIdPart());
        MethodOutcome third = client.update().resource(patient("twice", "Beech")).conditionalByUrl(url).execute();
        want(third.getId().getIdPart(), first.getId().getIdPart());
        want(third.getId().getVersionIdPart(), "2");
    }

    void pages() {
        for (int i = 0; i < 7; i++) {
            client.create().resource(patient("page-" + i, "Page" + i)).execute();
        }
        Bundle page = client.search().forResource(Patient.class).where(Patient.FAMILY.matches().value("Page"))
            .and(Patient.IDENTIFIER.hasSystemWithAnyCode(system)).count(3).sort().ascending(Patient.FAMILY)
            .totalMode(SearchTotalModeEnum.ACCURATE).returnBundle(Bundle.class).execute();
        want(page.getTotal(), 7);
        List<String> there = families(page);
        List<String> back = new ArrayList<>();
        while (page.getLink(Bundle.LINK_NEXT) != null) {
            page = client.loadPage().next(page).execute();
            there.addAll(families(page));
        }
        want(there, List.of("Page0", "Page1", "Page2", "Page3", "Page4", "Page5", "Page6"));
        while (page.getLink("previous") != null) {
            page = client.loadPage().previous(page).execute();
            back.addAll(0, families(page));
        }
        want(back, there.subList(0, 6));
        Bundle whole = client.search().forResource(Patient.class).where(Patient.IDENTIFIER.hasSystemWithAnyCode(system))
            .returnBundle(Bundle.class).execute();
        want(whole.getTotal(), whole.getEntry().size());
        Bundle count = client.search().forResource(Patient.class).where(Patient.IDENTIFIER.hasSystemWithAnyCode(system))
            .summaryMode(SummaryEnum.COUNT).returnBundle(Bundle.class).execute();
        want(count.getTotal(), whole.getTotal());
    }

    static List<String> families(Bundle b) {
        List<String> out = new ArrayList<>();
        for (Bundle.BundleEntryComponent e : b.getEntry()) {
            out.add(((Patient) e.getResource()).getNameFirstRep().getFamily());
        }
        return out;
    }

    void history() {
        IdType id = (IdType) client.create().resource(patient("history", "One")).execute().getId();
        for (String family : new String[] {"Two", "Three"}) {
            Patient p = patient("history", family);
            p.setId(id.toUnqualifiedVersionless());
            client.update().resource(p).execute();
        }
        Bundle b = client.history().onInstance(id.toUnqualifiedVersionless()).returnBundle(Bundle.class).count(2).execute();
        want(families(b), List.of("Three", "Two"));
        want(families(client.loadPage().next(b).execute()), List.of("One"));
        client.history().onType(Patient.class).returnBundle(Bundle.class).count(1).execute();
        client.history().onServer().returnBundle(Bundle.class).count(1).execute();
    }

    void patches() {
        IdType id = (IdType) client.create().resource(patient("patch", "Ash")).execute().getId();
        MethodOutcome json = client.patch().withBody("[{\"op\":\"replace\",\"path\":\"/name/0/family\",\"value\":\"Birch\"}]")
            .withId(id.toUnqualifiedVersionless()).execute();
        want(json.getId().getVersionIdPart(), "2");
        Parameters patch = new Parameters();
        Parameters.ParametersParameterComponent op = patch.addParameter().setName("operation");
        op.addPart().setName("type").setValue(new CodeType("replace"));
        op.addPart().setName("path").setValue(new StringType("Patient.name[0].family"));
        op.addPart().setName("value").setValue(new StringType("Cedar"));
        MethodOutcome path = client.patch().withFhirPatch(patch).withId(id.toUnqualifiedVersionless()).execute();
        want(path.getId().getVersionIdPart(), "3");
        want(client.read().resource(Patient.class).withId(id.getIdPart()).execute().getNameFirstRep().getFamily(), "Cedar");
    }

    void binary() {
        byte[] data = {0, 1, 2, (byte) 0xff, 'x'};
        Binary b = new Binary();
        b.setContentType("application/octet-stream").setData(data);
        IdType id = (IdType) client.create().resource(b).execute().getId();
        Binary read = client.read().resource(Binary.class).withId(id.getIdPart()).execute();
        want(read.getContentType(), "application/octet-stream");
        want(HexFormat.of().formatHex(read.getData()), HexFormat.of().formatHex(data));
    }

    void transaction() {
        Bundle b = new Bundle();
        b.setType(Bundle.BundleType.TRANSACTION);
        Patient p = patient("bundle", "Ash");
        p.setId("urn:uuid:5ed3a4ef-2fd5-4ea0-8c5e-6b41a3d7f1aa");
        b.addEntry().setFullUrl(p.getId()).setResource(p).getRequest().setMethod(Bundle.HTTPVerb.POST).setUrl("Patient");
        Observation o = new Observation();
        o.setStatus(Observation.ObservationStatus.FINAL).getCode().setText("x");
        o.setSubject(new Reference(p.getId()));
        b.addEntry().setResource(o).getRequest().setMethod(Bundle.HTTPVerb.POST).setUrl("Observation");
        Bundle done = client.transaction().withBundle(b).execute();
        IdType patient = new IdType(done.getEntry().get(0).getResponse().getLocation());
        IdType observation = new IdType(done.getEntry().get(1).getResponse().getLocation());
        Observation read = client.read().resource(Observation.class).withId(observation.getIdPart()).execute();
        want(read.getSubject().getReferenceElement().getIdPart(), patient.getIdPart());
    }

    void deletion() throws Exception {
        IdType id = (IdType) client.create().resource(patient("delete", "Ash")).execute().getId();
        client.delete().resourceById(id.toUnqualifiedVersionless()).execute();
        throwsA(ResourceGoneException.class, () -> client.read().resource(Patient.class).withId(id.getIdPart()).execute());
        throwsA(ResourceNotFoundException.class, () -> client.read().resource(Patient.class).withId("never").execute());
    }

    void searches() {
        Organization surgery = new Organization();
        surgery.setName("Surgery");
        IdType org = (IdType) client.create().resource(surgery).execute().getId();
        Patient p = patient("include", "Ash");
        p.setManagingOrganization(new Reference(org.toUnqualifiedVersionless()));
        client.create().resource(p).execute();
        Bundle b = client.search().forResource(Patient.class).where(Patient.IDENTIFIER.exactly().systemAndIdentifier(system, "include"))
            .include(Patient.INCLUDE_ORGANIZATION).returnBundle(Bundle.class).usingStyle(SearchStyleEnum.POST).execute();
        want(b.getEntry().size(), 2);
        Bundle none = client.search().forResource(Patient.class).where(Patient.NAME.matches().value("Nobody" + run))
            .returnBundle(Bundle.class).execute();
        want(none.getEntry().size(), 0);
    }
}
